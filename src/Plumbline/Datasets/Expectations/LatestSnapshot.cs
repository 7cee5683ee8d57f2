using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Plumbline.Storage;

namespace Plumbline.Datasets.Expectations;

/// <summary>The snapshot that a data set had last: <c>&lt;home&gt;/datasets/&lt;key&gt;.json</c>; docs/specs/expectations.md.</summary>
/// <param name="Snapshot">Its digest.</param>
public sealed record LatestSnapshot(int FormatVersion, string Name, string Snapshot, DateTimeOffset Ingested)
{
    private const int CurrentFormat = 1;
    private const int LongestKey = 80;

    /// <returns>Null where the data set has none, or the file cannot be understood: what is compared with it is skipped then.</returns>
    internal static LatestSnapshot? Read(Home home, string name)
    {
        var path = PathOf(home, name);
        if (!File.Exists(path))
            return null;
        try
        {
            var latest = JsonSerializer.Deserialize(File.ReadAllBytes(path), ExpectationJson.Default.LatestSnapshot);
            return latest is { FormatVersion: <= CurrentFormat, Snapshot: not null } ? latest : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal static void Write(Home home, string name, string digest, DateTimeOffset now) => AtomicFile.Write(
        PathOf(home, name),
        stream => JsonSerializer.Serialize(stream, new LatestSnapshot(CurrentFormat, name, digest, now), ExpectationJson.Default.LatestSnapshot));

    /// <summary>A data set's name as the name of a file: other characters than letters, digits, dot, dash and underscore become dashes, and a hash tells such names apart.</summary>
    internal static string KeyOf(string name)
    {
        var plain = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '-')).TrimStart('.', '-');
        if (plain == name && name.Length is > 0 and <= LongestKey)
            return name;
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 6));
        return $"{plain[Math.Max(0, plain.Length - LongestKey)..]}-{hash}";
    }

    private static string PathOf(Home home, string name) => Path.Combine(home.Datasets, $"{KeyOf(name)}.json");
}
