namespace Plumbline.Storage;

/// <summary>Ids of what the store keeps, of which people give the first digits.</summary>
public sealed class StoredIds
{
    private const int FewestDigits = 6;
    private const int Digits = 32;
    private const int MostNamed = 3;

    private readonly string _sql;

    private StoredIds(string table, string column) =>
        _sql = $"SELECT {column} FROM {table} WHERE {column} LIKE @prefix ORDER BY {column} LIMIT {MostNamed + 1}";

    public static StoredIds Runs { get; } = new("runs", "run_id");

    public static StoredIds PipelineRuns { get; } = new("pipeline_runs", "run_id");

    public static StoredIds RetrainingCycles { get; } = new("retraining_cycles", "cycle_id");

    public static StoredIds Alerts { get; } = new("alerts", "alert_id");

    public static StoredIds BatchJobs { get; } = new("batch_jobs", "job_id");

    /// <returns>The id that begins so; what was given if none does or it is too short: who is asked for it says so.</returns>
    /// <exception cref="MetadataException">Invalid: several begin so.</exception>
    public async Task<string> CompleteAsync(IMetadataStore store, string digits, CancellationToken cancellation = default)
    {
        if (digits.Length is < FewestDigits or >= Digits || !digits.All(char.IsAsciiHexDigitLower))
            return digits;
        var found = await store.ReadAsync(connection => connection.Query(_sql, row => row.GetString(0), ("prefix", digits + "%")), cancellation);
        return found switch
        {
            [] => digits,
            [var only] => only,
            _ => throw new MetadataException(
                MetadataError.Invalid, $"{digits} begins several: {string.Join(", ", found.Take(MostNamed))}{(found.Count > MostNamed ? ", …" : "")}. Give more digits, or one of these."),
        };
    }
}
