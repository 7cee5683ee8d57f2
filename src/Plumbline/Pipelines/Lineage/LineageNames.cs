using System.Data.Common;
using System.Globalization;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Lineage;

/// <summary>Finds the node that a user means.</summary>
internal sealed class LineageNames(DbConnection connection, LineageFiles files)
{
    private const int FewestDigits = 6;
    private const int RunDigits = 32;
    private const int DigestDigits = 64;
    private const int MostNamed = 5;

    /// <returns>Several only where a source's path had several contents.</returns>
    /// <exception cref="MetadataException">NotFound: there is none. Invalid: the digits begin several.</exception>
    public IReadOnlyList<LineageKey> Find(string text)
    {
        // PostgreSQL has no NUL.
        if (text.Length == 0 || text.Contains('\0', StringComparison.Ordinal))
            throw None(text);
        if (Explicit(text) is { } given)
            return [given];
        if (ByReference(text) is { } reference)
            return [reference];
        if (text.Length is >= FewestDigits and <= DigestDigits && text.All(char.IsAsciiHexDigitLower) && ByDigits(text) is { } found)
            return [found];
        if (Guid.TryParse(text, CultureInfo.InvariantCulture, out var id) && files.Prediction(id) is not null)
            return [new LineageKey(LineageKind.Prediction, id.ToString("D"))];
        if (Contest(text) is { } contest)
            return [new LineageKey(LineageKind.Study, contest)];
        if (BySource(text) is { Length: > 0 } sources)
            return sources;
        if ((files.LastOf(text) ?? LastReadBy(text)) is { } snapshot)
            return [new LineageKey(LineageKind.Snapshot, snapshot)];
        throw None(text);
    }

    public static MetadataException None(string text) => new(
        MetadataError.NotFound,
        $"'{MetadataText.Quote(text)}' is in no lineage here: no run, no digest (or {FewestDigits} digits of one) of a snapshot, bundle, contract or source, no NAME/3 or NAME@alias, no contest or study, no source's path, no data set, no prediction.");

    /// <summary><c>run:3f0c…</c>, as the graph itself writes it; other kinds likewise.</summary>
    private static LineageKey? Explicit(string text) =>
        text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && text.Length > colon + 1
        && Enum.TryParse<LineageKind>(text.AsSpan(0, colon), ignoreCase: true, out var kind) && Enum.IsDefined(kind) && IsWhole(kind, text[(colon + 1)..])
            ? new LineageKey(kind, text[(colon + 1)..])
            : null;

    private static bool IsWhole(LineageKind kind, string name) => kind switch
    {
        LineageKind.Source => name.Length > DigestDigits + 1 && name[DigestDigits] == ' ' && LineageKey.IsDigest(name[..DigestDigits]),
        LineageKind.Snapshot or LineageKind.Bundle or LineageKind.Contract => LineageKey.IsDigest(name),
        LineageKind.Run => MetadataText.IsHex(name, RunDigits),
        LineageKind.Version => name.IndexOf('/', StringComparison.Ordinal) > 0,
        LineageKind.Alias => name.IndexOf('@', StringComparison.Ordinal) > 0,
        LineageKind.Prediction => Guid.TryParseExact(name, "D", out _),
        _ => true,
    };

    private LineageKey? ByReference(string text)
    {
        if (text.Split('@') is [{ Length: > 0 } model, { Length: > 0 } alias]
            && connection.Scalar("SELECT 1 FROM model_aliases WHERE name = @name AND alias = @alias", ("name", model), ("alias", alias)) is not null)
            return new LineageKey(LineageKind.Alias, text);
        return text.Split('/') is [{ Length: > 0 } name, var digits] && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            && connection.Scalar("SELECT 1 FROM model_versions WHERE name = @name AND version = @version", ("name", name), ("version", version)) is not null
            ? new LineageKey(LineageKind.Version, $"{name}/{digits.TrimStart('0')}")
            : null;
    }

    private LineageKey? ByDigits(string digits)
    {
        var found = new HashSet<LineageKey>();
        void Add(LineageKind kind, IEnumerable<string> names) => found.UnionWith(names.Select(name => new LineageKey(kind, name)));
        if (digits.Length <= RunDigits)
            Add(LineageKind.Run, Like("SELECT run_id FROM runs WHERE run_id LIKE @prefix ORDER BY run_id LIMIT 2", digits));
        Add(LineageKind.Snapshot, files.Snapshots(digits));
        Add(LineageKind.Snapshot, Like("SELECT DISTINCT snapshot_digest FROM dataset_inputs WHERE snapshot_digest LIKE @prefix LIMIT 2", digits));
        Add(LineageKind.Bundle, files.Bundles(digits));
        Add(LineageKind.Bundle, Like("SELECT DISTINCT bundle_digest FROM model_versions WHERE bundle_digest LIKE @prefix LIMIT 2", digits));
        Add(LineageKind.Bundle, Tagged(TrainingPipeline.BundleTag, digits));
        Add(LineageKind.Contract, Tagged(TrainingPipeline.ContractTag, digits));
        found.UnionWith(files.Sources().Where(stored => stored.Source.Name.StartsWith(digits, StringComparison.Ordinal)).Select(stored => stored.Source));
        return found.Count switch
        {
            0 => null,
            1 => found.First(),
            _ => throw new MetadataException(
                MetadataError.Invalid, $"{digits} begins several: {string.Join(", ", found.Take(MostNamed))}{(found.Count > MostNamed ? ", …" : "")}. Give more digits, or one of these."),
        };
    }

    private List<string> Tagged(string key, string digits) => connection.Query(
        "SELECT DISTINCT value FROM tags WHERE key = @key AND substr(value, 1, 100) LIKE @prefix LIMIT 2", row => row.GetString(0), ("key", key), ("prefix", digits + "%"));

    private List<string> Like(string sql, string digits) => connection.Query(sql, row => row.GetString(0), ("prefix", digits + "%"));

    /// <summary>The contest of this name, or of the study of this name.</summary>
    private string? Contest(string name) => connection.Scalar(
        "SELECT name FROM contests WHERE name = @name OR substr(@name, 1, length(name) + 1) = name || '/' ORDER BY length(name) DESC LIMIT 1", ("name", name)) as string;

    /// <summary>What the last run of an experiment read, which is called like its data set unless asked otherwise: of hosts that did not ingest it.</summary>
    private string? LastReadBy(string experiment) => connection.Scalar(
        """
        SELECT inputs.snapshot_digest FROM experiments JOIN runs ON runs.experiment_id = experiments.experiment_id JOIN dataset_inputs inputs ON inputs.run_id = runs.run_id
        WHERE experiments.name = @name ORDER BY runs.start_time DESC, runs.run_id LIMIT 1
        """,
        ("name", experiment)) as string;

    private LineageKey[] BySource(string text)
    {
        var full = text.Contains("://", StringComparison.Ordinal) ? text : Path.GetFullPath(text);
        return [.. files.Sources().Select(stored => stored.Source).Where(source => source.Kind == LineageKind.Source && (source.Title == text || source.Title == full)).Distinct()];
    }
}
