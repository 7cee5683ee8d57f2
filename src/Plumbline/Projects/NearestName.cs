namespace Plumbline.Projects;

/// <summary>What somebody meant who mistyped a name.</summary>
public static class NearestName
{
    /// <summary>The name of the least edit distance, unless that is more than a third of what was typed (2 at least); null then.</summary>
    public static string? Among(IEnumerable<string> known, string typed) =>
        known.Select(name => (Name: name, Distance: Distance(typed, name)))
            .Where(candidate => candidate.Distance <= Math.Max(2, typed.Length / 3))
            .OrderBy(candidate => candidate.Distance).Select(candidate => candidate.Name).FirstOrDefault();

    /// <summary>Levenshtein 1966.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var cost = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = row[j];
                row[j] = cost;
            }
        }
        return row[^1];
    }
}
