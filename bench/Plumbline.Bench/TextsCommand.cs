using System.Globalization;
using System.Text.Json;
using DuckDB.NET.Data;

namespace Plumbline.Bench;

/// <summary>Prints texts of a CSV file (plain, .gz or .zst) as JSON strings, one a line: what wrk's script and `load` read.</summary>
internal static class TextsCommand
{
    public static async Task<int> RunAsync(string[] args)
    {
        var count = args.Length > 1 ? long.Parse(args[1], CultureInfo.InvariantCulture) : 1000;
        await using var connection = new DuckDBConnection("DataSource=:memory:");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT text FROM read_csv($file, header = true, all_varchar = true, quote = '\"', escape = '\"') WHERE text <> '' LIMIT $count";
        command.Parameters.Add(new DuckDBParameter("file", args[0]));
        command.Parameters.Add(new DuckDBParameter("count", count));
        await using var reader = await command.ExecuteReaderAsync();
        await using var output = new StreamWriter(Console.OpenStandardOutput());
        while (await reader.ReadAsync())
            await output.WriteLineAsync(JsonSerializer.Serialize(reader.GetString(0)));
        return 0;
    }
}
