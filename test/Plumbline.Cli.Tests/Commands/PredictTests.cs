using System.Globalization;
using System.IO.Compression;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Plumbline.Inference;
using Plumbline.Server;

namespace Plumbline.Cli.Tests.Commands;

public sealed class PredictTests(TrainedHome trained)
{
    private static readonly string[] Texts =
    [
        "I could not put it down.", "", "two\nlines, \"quoted\"", "Ужасная книга 😡", "NOT good!!! soooo boring http://x.y/z 10/10", "  spaces  ", "a", "five stars, would buy again",
    ];

    [Fact]
    public async Task Predict_File_HttpAndPredictor_GiveTheSameBits()
    {
        using var folder = new TemporaryFolder();
        var input = folder.Write("in.csv", "id,text\n" + string.Concat(Texts.Select((text, i) => $"{i},\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\n")));
        (await Cli.RunAsync("predict", "--bundle", "reviews@champion", "--input", input, "--output", folder.File("out.jsonl"), "--text", "text", "--home", trained.Home)).ShouldSucceed();
        (await Cli.RunAsync("predict", "--bundle", trained.Bundle, "--input", input, "--output", folder.File("out.csv"), "--home", trained.Home)).ShouldSucceed();

        using var predictor = Predictor.Load(trained.Bundle);
        var expected = Texts.Select(text => Direct(predictor, text)).ToArray();
        var jsonl = File.ReadAllLines(folder.File("out.jsonl")).Select(line => FromJson(JsonDocument.Parse(line).RootElement, predictor)).ToArray();
        var csv = File.ReadAllLines(folder.File("out.csv")).Skip(1).Select(FromCsv).ToArray();
        var http = await FromHttpAsync();
        foreach (var answers in new[] { jsonl, csv, http })
        {
            answers.Select(answer => answer.Label).ShouldBe(expected.Select(answer => answer.Label));
            for (var i = 0; i < expected.Length; i++)
                answers[i].Bits.ShouldBe(expected[i].Bits);
        }
    }

    [Fact]
    public async Task Predict_ManyBatches_KeepsRowsAndOrderWhateverTheThreads()
    {
        using var folder = new TemporaryFolder();
        var input = folder.Write("in.csv", "text\n" + string.Concat(Enumerable.Range(0, 20_000).Select(i => $"\"good book {i % 97} times {Texts[i % 2 * 7]}\"\n")));
        string[] predict = ["predict", "--bundle", "reviews/1", "--input", input, "--text", "text", "--home", trained.Home];
        (await Cli.RunAsync([.. predict, "--output", folder.File("one.csv"), "--threads", "1"])).ShouldSucceed();
        (await Cli.RunAsync([.. predict, "--output", folder.File("four.csv.gz"), "--threads", "4", "--json"])).ShouldSucceed().Json.GetProperty("rows").GetInt64().ShouldBe(20_000);
        var one = File.ReadAllText(folder.File("one.csv"));
        using var zipped = new StreamReader(new GZipStream(File.OpenRead(folder.File("four.csv.gz")), CompressionMode.Decompress));
        (await zipped.ReadToEndAsync(TestContext.Current.CancellationToken)).ShouldBe(one);
        one.Split('\n').Length.ShouldBe(20_002);
    }

    [Fact]
    public async Task Predict_StandardInput_AnswersEveryLine()
    {
        var answer = (await Cli.RunAsync("good\r\n\nbad book", ["predict", "--bundle", "reviews/1", "--input", "-", "--output", "-", "--home", trained.Home])).ShouldSucceed();
        var lines = answer.Out.TrimEnd('\n').Split('\n');
        lines.Length.ShouldBe(4);
        lines[0].ShouldStartWith("label,probability,p_");
        using var predictor = Predictor.Load(trained.Bundle);
        lines.Skip(1).Select(line => FromCsv(line).Bits).ShouldBe(new[] { "good", "", "bad book" }.Select(text => Direct(predictor, text).Bits));
    }

    [Fact]
    public async Task Predict_Explain_AddsWhatMovedEachAnswer()
    {
        string[] predict = ["predict", "--bundle", "reviews/1", "--input", "-", "--output", "-", "--home", trained.Home, "--explain"];
        var lines = (await Cli.RunAsync("a good book\n\n", [.. predict, "2", "--format", "jsonl"])).ShouldSucceed().Out.TrimEnd('\n').Split('\n');
        using var predictor = Predictor.Load(trained.Bundle);
        var expected = predictor.Explain("a good book"u8, [], 2);
        var explanation = JsonDocument.Parse(lines[0]).RootElement.GetProperty("explanation");
        explanation.GetProperty("contributions").EnumerateArray().Select(contribution => contribution.GetProperty("log_odds").GetSingle())
            .ShouldBe(expected.Contributions.Select(contribution => (float)contribution.LogOdds));
        var csv = (await Cli.RunAsync("a good book\n\n", [.. predict, "2"])).ShouldSucceed().Out.Split('\n');
        csv[0].ShouldEndWith(",explanation");
        csv[1].ShouldContain(string.Create(CultureInfo.InvariantCulture, $" {expected.Contributions[0].LogOdds:+0.00;-0.00}"));
        (await Cli.RunAsync("a\n", [.. predict, "51"])).Code.ShouldBe(2);
    }

    [Fact]
    public async Task Predict_BadInput_LeavesTheOldOutput()
    {
        using var folder = new TemporaryFolder();
        var input = folder.Write("in.csv", "text\n" + string.Concat(Enumerable.Repeat("good\n", 10_000)) + "\"never closed");
        var output = folder.Write("out.csv", "what was there\n");
        (await Cli.RunAsync("predict", "--bundle", "reviews/1", "--input", input, "--output", output, "--max-errors", "0", "--home", trained.Home, "--json")).ShouldFail(3, "data", "1 of 10001 rows cannot be answered");
        File.ReadAllText(output).ShouldBe("what was there\n");
        Directory.GetFiles(folder.Path).Select(Path.GetFileName).ShouldBe(["in.csv", "out.csv", "out.csv.errors.jsonl"], ignoreOrder: true);
    }

    [Fact]
    public async Task Predict_DamagedBundle_IsCode4()
    {
        using var folder = new TemporaryFolder();
        var copy = Directory.CreateDirectory(folder.File(Path.GetFileName(trained.Bundle))).FullName;
        foreach (var file in Directory.GetFiles(trained.Bundle))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        var table = Path.Combine(copy, "ngram.table.bin");
        var bytes = File.ReadAllBytes(table);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(table, bytes);
        (await Cli.RunAsync("predict", "--bundle", copy, "--input", trained.Data, "--output", folder.File("o.csv"), "--home", trained.Home, "--json")).ShouldFail(4, "bundle", "damaged");
        (await Cli.RunAsync("serve", "--bundle", copy, "--port", "0", "--home", trained.Home, "--json")).ShouldFail(4, "bundle", "damaged");
        File.Exists(folder.File("o.csv")).ShouldBeFalse();
    }

    private static (string Label, int[] Bits) Direct(Predictor predictor, string text)
    {
        var probabilities = new float[predictor.Labels.Count];
        var chosen = predictor.Predict(Encoding.UTF8.GetBytes(text), default, probabilities, default);
        return (predictor.Labels[chosen], [.. probabilities.Select(BitConverter.SingleToInt32Bits)]);
    }

    private static (string Label, int[] Bits) FromJson(JsonElement row, Predictor predictor) =>
        (row.GetProperty("label").GetString()!, [.. predictor.Labels.Select(label => BitConverter.SingleToInt32Bits(row.GetProperty("p_" + label).GetSingle()))]);

    private static (string Label, int[] Bits) FromCsv(string line)
    {
        var cells = line.Split(',');
        return (cells[0], [.. cells.Skip(2).Select(cell => BitConverter.SingleToInt32Bits(float.Parse(cell, CultureInfo.InvariantCulture)))]);
    }

    private async Task<(string Label, int[] Bits)[]> FromHttpAsync()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var server = await PredictionServer.StartAsync(new ServerOptions { Bundle = trained.Bundle, Port = 0 }, TextWriter.Null, cancellation);
        await server.Ready;
        using var client = new HttpClient { BaseAddress = server.Address };
        using var response = await client.PostAsJsonAsync("/predict", new { texts = Texts }, cancellation);
        var json = (await response.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>(cancellation))!;
        return [.. json.GetProperty("labels").EnumerateArray().Zip(json.GetProperty("probs").EnumerateArray(), (label, probs) =>
            (label.GetString()!, probs.EnumerateArray().Select(value => BitConverter.SingleToInt32Bits(value.GetSingle())).ToArray()))];
    }
}
