using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using DuckDB.NET.Data;
using Plumbline.Datasets;
using Plumbline.Inference;
using Plumbline.Inference.Batch;
using Plumbline.Storage;
using Plumbline.Tests.Bundles;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Inference.Batch;

/// <summary>Inputs and outputs of one test, and a model whose bundle has a numeric input <c>hour</c>.</summary>
internal sealed class BatchFolder : IDisposable
{
    /// <summary>Fewer than usual, and no multiple of a batch.</summary>
    public const int ChunkRows = 5_000;

    private readonly TemporaryFolder _folder = new();
    private readonly PublishedBundle _bundle = PublishedBundle.OfReviews();

    public BatchFolder() => Predictor = Predictor.Load(_bundle.Path);

    public Predictor Predictor { get; }

    public string Bundle => _bundle.Path;

    public Home Home => new(File("home"));

    public static string TextOf(int row) => (row % 5) switch
    {
        0 => $"a great and wonderful story, number {row}",
        1 => $"dull; \"boring\", and bad {row % 97}",
        2 => "",
        3 => $"two\nlines of some book {row % 13}",
        _ => $"Ужасная книга {row % 7}",
    };

    /// <summary>Empty where missing.</summary>
    public static string HourOf(int row) => row % 4 == 0 ? "" : $"{row % 24}";

    public string File(string name) => _folder.File(name);

    /// <summary>Columns id, text and hour.</summary>
    public string Write(string name, int rows, int first = 0)
    {
        var range = Enumerable.Range(first, rows);
        var content = AnswerFormats.Of(name) switch
        {
            AnswerFormat.Parquet => null,
            AnswerFormat.Jsonl => string.Concat(range.Select(row => JsonSerializer.Serialize(new { id = row, text = TextOf(row), hour = row % 4 == 0 ? (int?)null : row % 24 }) + "\n")),
            _ => Delimited(range, name.Contains(".tsv", StringComparison.Ordinal) ? '\t' : ','),
        };
        if (content is not null)
            return Write(name, content);
        var csv = Write(name + ".csv", Delimited(range, ','));
        Query($"COPY (SELECT CAST(id AS INTEGER) AS id, coalesce(text, '') AS text, CAST(hour AS DOUBLE) AS hour FROM read_csv('{csv}', header = true, quote = '\"', escape = '\"', delim = ',', columns = {{'id': 'BIGINT', 'text': 'VARCHAR', 'hour': 'DOUBLE'}})) TO '{File(name)}' (FORMAT parquet, ROW_GROUP_SIZE 4096)");
        System.IO.File.Delete(csv);
        return File(name);
    }

    public string Write(string name, string content)
    {
        using var file = System.IO.File.Create(File(name));
        using Stream stream = AnswerFormats.IsCompressed(name) ? new GZipStream(file, CompressionLevel.Fastest) : file;
        stream.Write(Encoding.UTF8.GetBytes(content));
        return File(name);
    }

    public BatchOptions Options(string input, string output, params string[] keep) =>
        new() { Source = new SourceOptions { Path = input, Text = "text" }, Output = File(output), Format = AnswerFormats.Of(output), Keep = keep, ChunkRows = ChunkRows };

    public BatchInference Inference(BatchOptions options) => new(Predictor, options, null, Home, TimeProvider.System);

    public Task<BatchResult> RunAsync(BatchOptions options, int threads = 2, bool restart = false, IProgress<BatchProgress>? progress = null, CancellationToken? stop = null) =>
        Inference(options).RunAsync(threads, restart, progress, stop ?? TestContext.Current.CancellationToken);

    /// <summary>What a predictor answers, row by row: the id, the label, and the bits of the probabilities.</summary>
    public string Expected(int row)
    {
        var probabilities = new float[Predictor.Labels.Count];
        var hour = HourOf(row);
        var chosen = Predictor.Predict(Encoding.UTF8.GetBytes(TextOf(row)), [hour.Length == 0 ? float.NaN : float.Parse(hour, CultureInfo.InvariantCulture)], probabilities, default);
        return Line($"{row}", Predictor.Labels[chosen], [probabilities[chosen], .. probabilities]);
    }

    /// <summary>Rows of an output with the column id, as <see cref="Expected"/> has them; <c>id,-</c> where there is no answer.</summary>
    public string[] Read(string output)
    {
        var path = File(output);
        var names = Predictor.Labels.Select(label => $"\"p_{label}\"").Prepend("probability").ToArray();
        var source = AnswerFormats.Of(output) switch
        {
            AnswerFormat.Parquet => $"read_parquet('{path}')",
            AnswerFormat.Jsonl => $"read_json('{path}', format = 'newline_delimited', columns = {{'id': 'VARCHAR', 'label': 'VARCHAR', {string.Join(", ", names.Select(name => $"{name.Replace('"', '\'')}: 'VARCHAR'".Replace("probability:", "'probability':", StringComparison.Ordinal)))}}})",
            _ => $"read_csv('{path}', header = true, all_varchar = true, parallel = false)",
        };
        return [.. Query($"SELECT CAST(id AS VARCHAR), label, {string.Join(", ", names.Select(name => $"CAST({name} AS VARCHAR)"))} FROM {source}")
            .Select(cells => cells[1] is null ? $"{cells[0]},-" : Line(cells[0]!, cells[1]!, [.. cells.Skip(2).Select(cell => float.Parse(cell!, CultureInfo.InvariantCulture))]))];
    }

    public static List<string?[]> Query(string sql)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"SET threads = 1; {sql}";
        using var reader = command.ExecuteReader();
        reader.NextResult();
        var rows = new List<string?[]>();
        while (reader.Read())
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture))]);
        return rows;
    }

    public void Dispose()
    {
        Predictor.Dispose();
        _bundle.Dispose();
        _folder.Dispose();
    }

    private static string Delimited(IEnumerable<int> rows, char delimiter) =>
        $"id{delimiter}text{delimiter}hour\n" + string.Concat(rows.Select(row => $"{row}{delimiter}\"{TextOf(row).Replace("\"", "\"\"", StringComparison.Ordinal)}\"{delimiter}{HourOf(row)}\n"));

    private static string Line(string id, string label, float[] probabilities) =>
        $"{id},{label},{string.Join(',', probabilities.Select(value => BitConverter.SingleToInt32Bits(value).ToString("X8", CultureInfo.InvariantCulture)))}";
}
