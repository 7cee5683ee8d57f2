using System.Globalization;
using System.Text;
using System.Text.Json;
using Plumbline.Datasets;
using Plumbline.Inference;
using Plumbline.Inference.Batch;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Inference.Batch;

/// <summary>Files that a graph of ONNX answers.</summary>
public sealed class GraphBatchTests : IDisposable
{
    private const int Chunk = BatchFolder.ChunkRows;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("N", "out.csv")]
    [InlineData("N", "out.parquet")]
    [InlineData("1", "out.csv")]
    public async Task Run_AGraph_EachRowOnceAsItAnswersThatTextAlone(string rows, string output)
    {
        const int Rows = 300;
        using var predictor = Load(rows);
        var result = await RunAsync(predictor, Options(Write("in.csv", Rows), output));
        (result.Rows, result.Errors).ShouldBe((Rows, 0));
        Read(output).ShouldBe(Enumerable.Range(0, Rows).Select(row => Expected(predictor, row)));
    }

    [Fact]
    public async Task Run_InterruptedAndGoneOn_ByteEqualWhateverTheThreads()
    {
        using var predictor = Load("N");
        var input = Write("in.csv", Chunk + 4_500);
        await RunAsync(predictor, Options(input, "whole.csv"), threads: 3);
        var options = Options(input, "out.csv");
        using (var stopping = new Stopping(Chunk + 4_000))
            await Should.ThrowAsync<OperationCanceledException>(() => new BatchInference(predictor, options, null, Home, TimeProvider.System).RunAsync(1, false, stopping, stopping.Token));
        (await RunAsync(predictor, options)).Resumed.ShouldBe(Chunk);
        File.ReadAllBytes(_folder.File("out.csv")).ShouldBe(File.ReadAllBytes(_folder.File("whole.csv")));
    }

    [Fact]
    public async Task Run_TextsThatTheGraphFailsOn_ErrorsBesideAndTheOthersAnswered()
    {
        using var predictor = Load("N");
        var result = await RunAsync(predictor, Options(Write("in.csv", "id,text\n0,fine\n1,broken\n2,awful\n3,broken\n"), "out.csv"));
        (result.Rows, result.Errors).ShouldBe((4, 2));
        Read("out.csv").ShouldBe(["0,good,0.75", "1,,", "2,bad,0.125", "3,,"]);
        var errors = File.ReadAllLines(_folder.File("out.csv.errors.jsonl"));
        errors.Select(line => JsonDocument.Parse(line).RootElement).Select(error => $"{error.GetProperty("row")} {error.GetProperty("reason")}").ShouldBe(["2 unanswerable", "4 unanswerable"]);
        string.Concat(errors).ShouldNotContain("broken");
    }

    [Fact]
    public async Task Run_ExplanationsOfAGraph_Refused()
    {
        using var predictor = Load("N");
        var exception = await Should.ThrowAsync<DatasetException>(() => RunAsync(predictor, Options(Write("in.csv", 3), "out.csv") with { Explain = 3 }));
        exception.Message.ShouldContain("Only bundles can be explained");
    }

    private Plumbline.Storage.Home Home => new(_folder.File("home"));

    private static string TextOf(int row) => (row % 7) switch
    {
        0 => "fine",
        1 => "awful",
        2 => "",
        _ => new string('x', row * 37 % 900),
    };

    private IPredictor Load(string rows)
    {
        var file = _folder.File("words.onnx");
        WordGraph.Write(file, WordGraph.Of(isColumn: true, saysLabel: true, rows));
        return IPredictor.Load(file);
    }

    private string Write(string name, int rows) => Write(name, "id,text\n" + string.Concat(Enumerable.Range(0, rows).Select(row => $"{row},{TextOf(row)}\n")));

    private string Write(string name, string content)
    {
        File.WriteAllText(_folder.File(name), content);
        return _folder.File(name);
    }

    private BatchOptions Options(string input, string output) =>
        new() { Source = new SourceOptions { Path = input, Text = "text" }, Output = _folder.File(output), Format = AnswerFormats.Of(output), Keep = ["id"], ChunkRows = Chunk };

    private Task<BatchResult> RunAsync(IPredictor predictor, BatchOptions options, int threads = 2) =>
        new BatchInference(predictor, options, null, Home, TimeProvider.System).RunAsync(threads, stop: TestContext.Current.CancellationToken);

    private string[] Read(string output) =>
    [
        .. BatchFolder.Query($"SELECT CAST(id AS VARCHAR), label, CAST(p_good AS VARCHAR) FROM '{_folder.File(output)}'").Select(cells => string.Join(',', cells)),
    ];

    private static string Expected(IPredictor predictor, int row)
    {
        var probabilities = new float[2];
        var chosen = predictor.Predict(Encoding.UTF8.GetBytes(TextOf(row)), [], probabilities, []);
        return string.Create(CultureInfo.InvariantCulture, $"{row},{predictor.Labels[chosen]},{probabilities[1]}");
    }
}
