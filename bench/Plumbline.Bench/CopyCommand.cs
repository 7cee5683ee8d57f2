using System.Diagnostics;
using System.Text.Json;
using DuckDB.NET.Data;

namespace Plumbline.Bench;

/// <summary>A plain copy of a CSV file to Parquet by DuckDB with its defaults: the peer of an ingest, and about the least that reading and writing cost.</summary>
internal static class CopyCommand
{
    public static async Task<int> RunAsync(string[] args)
    {
        var (source, target) = (args[0], args[1]);
        var clock = Stopwatch.StartNew();
        await using var connection = new DuckDBConnection("DataSource=:memory:");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"COPY (FROM read_csv({Literal(source)}, parallel = false)) TO {Literal(target)} (FORMAT parquet)";
        var rows = await command.ExecuteNonQueryAsync();
        Console.WriteLine(JsonSerializer.Serialize(new { rows, seconds = clock.Elapsed.TotalSeconds, peak_mib = PeakMebibytes() }));
        return 0;
    }

    private static string Literal(string value) => $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";

    private static double PeakMebibytes()
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.AsSpan(6).Trim(" \tkB"), System.Globalization.CultureInfo.InvariantCulture) / 1024.0;
    }
}
