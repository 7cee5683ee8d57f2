using System.IO.Compression;

namespace Plumbline.Cli.Tests.Commands;

public sealed class DataDriftTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Drift_GeneratedReviewsByTime_WritesThemAndWhatWasDone()
    {
        var (input, output) = (_folder.File("in.csv"), _folder.File("out.csv.gz"));
        (await Cli.RunAsync("generate", input, "--rows", "2000", "--home", _folder.Home)).ShouldSucceed();
        string[] args = ["data", "drift", input, output, "--kind", "vocabulary,class-prior", "--strength", "0.4", "--from", "2024-01-01", "--seed", "3", "--home", _folder.Home];
        var report = (await Cli.RunAsync([.. args, "--json"])).ShouldSucceed().Json;
        File.ReadAllText(output + ".drift.json").ShouldNotBeEmpty();
        report.GetProperty("rowsRead").GetInt64().ShouldBe(2000);
        var windows = report.GetProperty("windows").EnumerateArray().ToArray();
        windows.Sum(window => window.GetProperty("changed").GetProperty("vocabulary").GetInt64()).ShouldBeGreaterThan(300);
        windows[0].GetProperty("strength").GetDouble().ShouldBe(0);
        windows[^1].GetProperty("strength").GetDouble().ShouldBe(0.4, 1e-9);
        var bytes = Unpack(output);
        (await Cli.RunAsync([.. args.Select(arg => arg switch { "0.4" => "0", _ when arg == output => _folder.File("still.csv"), _ => arg })])).ShouldSucceed();
        var still = File.ReadAllText(_folder.File("still.csv"));
        still.Zip(bytes).TakeWhile(pair => pair.First == pair.Second).Count().ShouldBeInRange(still.Length / 4, still.Length - 1);
        (await Cli.RunAsync(args)).ShouldSucceed().Error.ShouldContain("rows in ");
        Unpack(output).ShouldBe(bytes);
    }

    [Theory]
    [InlineData("--kind", "data", "drift", "in.csv", "out.csv", "--from", "0.5")]
    [InlineData("'smell' is not one of length, vocabulary, class-prior, missing, language, label-meaning", "data", "drift", "in.csv", "out.csv", "--from", "0.5", "--kind", "smell")]
    [InlineData("--from: 'soon' is neither a date", "data", "drift", "in.csv", "out.csv", "--kind", "length", "--from", "soon")]
    [InlineData("give two times, or two shares", "data", "drift", "in.csv", "out.csv", "--kind", "length", "--from", "0.5", "--until", "2024-01-01")]
    [InlineData("Strength is 1.5; it must be from 0 to 1", "data", "drift", "in.csv", "out.csv", "--kind", "length", "--from", "0.5", "--strength", "1.5")]
    [InlineData("Until is 0.4; it must be more than From (0.5)", "data", "drift", "in.csv", "out.csv", "--kind", "length", "--from", "0.5", "--until", "0.4")]
    [InlineData("Period is missing", "data", "drift", "in.csv", "out.csv", "--kind", "length", "--from", "0.5", "--shape", "seasonal")]
    [InlineData("--period: '7d' is no share of the rows", "data", "drift", "in.csv", "out.csv", "--kind", "length", "--from", "0.5", "--shape", "seasonal", "--period", "7d")]
    [InlineData("--period: '0.5' is no length of time", "data", "drift", "in.csv", "out.csv", "--kind", "length", "--from", "2024-01-01", "--shape", "seasonal", "--period", "0.5")]
    [InlineData("is the input", "data", "drift", "in.csv", "./in.csv", "--kind", "length", "--from", "0.5")]
    [InlineData("data needs one of: ", "data")]
    public async Task Usage_Wrong_IsCode2AndSaysWhy(string message, params string[] args) =>
        (await Cli.RunAsync([.. args, "--home", _folder.Home, "--json"])).ShouldFail(2, "usage", message);

    [Fact]
    public async Task Data_Wrong_IsCode3AndLeavesNothing()
    {
        var input = _folder.Write("in.csv", "text,label\nsome text here,a\nother text there,b\n");
        foreach (var (output, message) in new[] { ("out.txt", "does not say how to write it"), ("out.csv", "no column of times") })
        {
            (await Cli.RunAsync("data", "drift", input, _folder.File(output), "--kind", "length", "--from", "2024-01-01", "--home", _folder.Home, "--json")).ShouldFail(3, "data", message);
            Directory.GetFiles(_folder.Path).ShouldBe([input]);
        }
    }

    private static string Unpack(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
        return reader.ReadToEnd();
    }
}
