using Plumbline.Storage;

namespace Plumbline.Datasets;

/// <summary>
/// Where records come from and which of their columns are what. A column left null is looked for by name, then (text, label) by shape.
/// Printing shows no secret.
/// </summary>
public sealed record SourceOptions
{
    /// <summary>
    /// One file; a pattern (<c>*</c> and <c>?</c> within a name, <c>**</c> for any folders); a folder, whose files of known extensions are read; or
    /// <c>s3://bucket/key</c>, <c>s3://bucket/folder/</c>, <c>s3://bucket/pattern</c>. Files are read in ordinal order of their paths.
    /// CSV or TSV, JSON lines, or Parquet; text kinds also as .gz or .zst. Empty where <see cref="Query"/> is given.
    /// </summary>
    public string Path { get; init; } = "";

    /// <summary>One SELECT whose result is read in place of files, in a read-only transaction; <see cref="Postgres"/> says where. Give it an ORDER BY: the order of records is part of a snapshot.</summary>
    public string? Query { get; init; }

    /// <summary>Needed for <see cref="Query"/>.</summary>
    public PostgresOptions? Postgres { get; init; }

    /// <summary>Where s3:// paths lie; what is left out is taken from the SDK's default chain (AWS_… variables, profiles, roles).</summary>
    public S3Options S3 { get; init; } = new();

    /// <summary>How calls to servers are tried again.</summary>
    public RetryOptions Retry { get; init; } = new();

    /// <summary>What stands between two fields of a delimited text: any ASCII character but quotes and line breaks; null finds out whether it is comma, semicolon, tab or bar.</summary>
    public char? Delimiter { get; init; }

    /// <summary>Columns that the source must have, with types that its first records must show; null asks for nothing.</summary>
    public IReadOnlyList<PinnedColumn>? Schema { get; init; }

    public string? Text { get; init; }

    public string? Label { get; init; }

    public string? SplitColumn { get; init; }

    public string? User { get; init; }

    public string? Item { get; init; }

    public string? Time { get; init; }

    /// <summary>When the label became known, if that is later than <see cref="Time"/>; never looked for.</summary>
    public string? LabelTime { get; init; }

    /// <summary>Numeric input columns, in the order in which records will hold them.</summary>
    public IReadOnlyList<string> Numeric { get; init; } = [];

    /// <summary>Categorical input columns, in the order in which records will hold them.</summary>
    public IReadOnlyList<string> Categorical { get; init; } = [];

    public SplitOptions Split { get; init; } = new();

    /// <summary>Whether a record that cannot be read stops nothing while the columns are looked for.</summary>
    internal bool PassUnreadable { get; init; }

    /// <summary>What messages call the source: its path, or where the query runs.</summary>
    internal string Name => Query is null ? Path : Postgres?.Name ?? "the query";

    /// <exception cref="ArgumentException">A value cannot be used; the message names it, and the key of plumbline.yaml.</exception>
    public void Validate()
    {
        if (Query is null == (Path.Length == 0))
            throw new ArgumentException("data: give either path (a file, pattern, folder or s3:// address) or query, and not both");
        if (Query is not null && Postgres is null)
            throw new ArgumentException("data.query needs data.postgres (--postgres): the connection to run it over");
        if (Delimiter is not null and (> '\x7E' or '"' or '\r' or '\n' or '\0'))
            throw new ArgumentException("data.delimiter must be one ASCII character, and neither a quote nor a line break");
        Postgres?.Validate();
        S3.Validate("data.s3");
        Retry.Validate();
    }
}
