using System.Data.Common;
using System.Text.RegularExpressions;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Lineage;

/// <summary>Walks the lineage level by level, each in a few statements. Used once, within one read.</summary>
internal sealed partial class LineageSearch(DbConnection connection, LineageFiles files, int most)
{
    private readonly Dictionary<LineageKey, int> _distances = [];
    private readonly HashSet<LineageEdge> _edges = [];
    private readonly HashSet<LineageKey> _made = [];
    private (string Study, string Snapshot)[]? _studies;

    public IReadOnlyDictionary<LineageKey, int> Distances => _distances;

    /// <summary>Both ends of each were reached.</summary>
    public IEnumerable<LineageEdge> Edges => _edges.Where(edge => _distances.ContainsKey(edge.From) && _distances.ContainsKey(edge.To));

    public bool IsCut { get; private set; }

    /// <summary>Whether nothing leads to or from the roots.</summary>
    public bool IsAlone => _edges.Count == 0;

    public void Walk(IReadOnlyList<LineageKey> roots, bool up, int? depth)
    {
        foreach (var root in roots)
            _distances[root] = 0;
        var level = roots;
        // One step more than is asked for: it reaches nothing new, but finds what joins the last nodes to one another.
        for (var distance = 1; level.Count > 0 && distance - 1 <= (depth ?? int.MaxValue); distance++)
        {
            var next = new List<LineageKey>();
            foreach (var edge in Touching(level, up))
            {
                _edges.Add(edge);
                _made.Add(edge.To);
                var reached = up ? edge.From : edge.To;
                if (distance > (depth ?? int.MaxValue) || _distances.ContainsKey(reached))
                    continue;
                if (_distances.Count >= most)
                {
                    IsCut = true;
                    continue;
                }
                _distances.Add(reached, up ? -distance : distance);
                next.Add(reached);
            }
            level = next;
        }
    }

    private IEnumerable<LineageEdge> Touching(IReadOnlyList<LineageKey> level, bool up)
    {
        foreach (var group in level.GroupBy(key => key.Kind))
        {
            string[] names = [.. group.Select(key => key.Name)];
            foreach (var link in LineageLink.All.Where(link => (up ? link.To : link.From) == group.Key))
            {
                foreach (var edge in link.Find(connection, names, up))
                    yield return edge;
            }
            foreach (var edge in up ? MadeFrom(group.Key, names) : MadeOf(group.Key, names))
                yield return edge;
        }
    }

    /// <summary>What files, and requests of contests, say of where something comes from.</summary>
    private IEnumerable<LineageEdge> MadeFrom(LineageKind kind, string[] names) => kind switch
    {
        LineageKind.Snapshot => FromSources(names),
        LineageKind.Study => Studies().Where(held => names.Contains(held.Study)).Select(Edge),
        LineageKind.Bundle => names.SelectMany(FromItself),
        LineageKind.Prediction => names.SelectMany(ByServing),
        _ => [],
    };

    private IEnumerable<LineageEdge> MadeOf(LineageKind kind, string[] names)
    {
        var wanted = names.ToHashSet(StringComparer.Ordinal);
        return kind switch
        {
            LineageKind.Source => FromKind(kind, wanted),
            LineageKind.Snapshot => Studies().Where(held => wanted.Contains(held.Snapshot)).Select(Edge).Concat(FromKind(kind, wanted)),
            _ => [],
        };
    }

    /// <summary>Snapshots that name what is wanted as a source.</summary>
    private IEnumerable<LineageEdge> FromKind(LineageKind kind, HashSet<string> wanted) => files.Sources().Where(stored => stored.Source.Kind == kind && wanted.Contains(stored.Source.Name))
        .Select(stored => new LineageEdge(stored.Source, new LineageKey(LineageKind.Snapshot, stored.Digest)));

    private IEnumerable<LineageEdge> FromSources(string[] snapshots)
    {
        files.Prepare(snapshots);
        return snapshots.SelectMany(name => files.SourcesOf(name).Select(source => new LineageEdge(source, new LineageKey(LineageKind.Snapshot, name))));
    }

    /// <summary>A bundle that no run and no version here knows the origin of may have been copied from elsewhere: then it says so itself.</summary>
    private IEnumerable<LineageEdge> FromItself(string bundle)
    {
        var key = new LineageKey(LineageKind.Bundle, bundle);
        if (_made.Contains(key))
            yield break;
        var (snapshot, run) = files.OriginOf(bundle);
        if (snapshot is not null && LineageKey.IsDigest(snapshot))
            yield return new LineageEdge(new LineageKey(LineageKind.Snapshot, snapshot), key);
        if (run is not null)
            yield return new LineageEdge(new LineageKey(LineageKind.Run, run), key);
    }

    private IEnumerable<LineageEdge> ByServing(string prediction)
    {
        var to = new LineageKey(LineageKind.Prediction, prediction);
        if (files.Prediction(Guid.ParseExact(prediction, "D")) is not (var served, var known, _))
            yield break;
        // name/3 of a registered version; else a bundle's first digits, perhaps after a name and a slash.
        var last = served[(served.LastIndexOf('/') + 1)..];
        if (served.Contains('/', StringComparison.Ordinal) && last.All(char.IsAsciiDigit) && IsVersion(served, last))
            yield return new LineageEdge(new LineageKey(LineageKind.Version, served), to);
        else if (known is not null)
            yield return new LineageEdge(new LineageKey(LineageKind.Bundle, known), to);
        else if (files.Bundles(last).Take(2).ToArray() is [var bundle])
            yield return new LineageEdge(new LineageKey(LineageKind.Bundle, bundle), to);
    }

    private bool IsVersion(string served, string digits) => long.TryParse(digits, out var version) && connection.Scalar(
        "SELECT 1 FROM model_versions WHERE name = @name AND version = @version", ("name", served[..served.LastIndexOf('/')]), ("version", version)) is not null;

    private static LineageEdge Edge((string Study, string Snapshot) held) =>
        new(new LineageKey(LineageKind.Snapshot, held.Snapshot), new LineageKey(LineageKind.Study, held.Study));

    private (string Study, string Snapshot)[] Studies() => _studies ??=
    [
        .. connection.Query("SELECT name, request FROM contests", row => (Study: row.GetString(0), Snapshot: HeldOn().Match(row.GetString(1)).Groups[1].Value))
            .Where(held => held.Snapshot.Length > 0),
    ];

    [GeneratedRegex("\"snapshot\":\"([0-9a-f]{64})\"")]
    private static partial Regex HeldOn();
}
