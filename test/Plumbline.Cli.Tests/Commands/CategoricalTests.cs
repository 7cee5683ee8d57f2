using System.Globalization;
using Plumbline.Datasets;
using Plumbline.Inference;

namespace Plumbline.Cli.Tests.Commands;

/// <summary>Columns of names from <c>--categorical</c> to the answers of a file.</summary>
public sealed class CategoricalTests
{
    [Fact]
    public async Task TrainAndPredict_CategoricalColumn_IsShownLearntAndItsFaultsAreCounted()
    {
        using var folder = new TemporaryFolder();
        var data = folder.Write("orders.csv", "text,label,country\n" + string.Concat(Enumerable.Range(0, 400).Select(i => $"order {i} of {i % 13},{(i % 4 < 2 ? "late" : "fine")},{(i % 2 == i % 4 ? "FR" : "DE")}\n")));
        var ingested = (await Cli.RunAsync("ingest", data, "--categorical", "country", "--home", folder.Home, "--json")).ShouldSucceed().Json;
        ingested.GetProperty("columns").GetProperty("categorical")[0].GetProperty("name").GetString().ShouldBe("country");
        var bundle = (await Cli.RunAsync("train", data, "--categorical", "country", "--home", folder.Home, "--json")).ShouldSucceed().Json.GetProperty("bundle").GetString()!;

        var input = folder.Write("new.csv", "country,text\n FR ,order 1\n,order 2\nAtlantis,order 3\nDE,order 4\n");
        var predicted = (await Cli.RunAsync("predict", "--bundle", bundle, "--input", input, "--output", folder.File("out.csv"), "--home", folder.Home, "--json")).ShouldSucceed();
        predicted.Json.GetProperty("warnings").ToString().ShouldBe("""{"missing":{"country":1},"unknown_category":{"country":1}}""");
        using var predictor = Predictor.Load(bundle);
        var answers = File.ReadAllLines(folder.File("out.csv")).Skip(1).Select(line => line.Split(',').Skip(2).Select(value => float.Parse(value, CultureInfo.InvariantCulture)).ToArray());
        var source = new SourceOptions { Path = input, Text = "text", Categorical = ["country"] };
        var batch = Source.ReadTexts(source, stop: TestContext.Current.CancellationToken).Single();
        answers.Select(Bits).ShouldBe(Enumerable.Range(0, batch.Count).Select(record =>
        {
            var probabilities = new float[predictor.Labels.Count];
            predictor.Predict(batch, record, probabilities);
            return Bits(probabilities);
        }));
        var evaluated = (await Cli.RunAsync("evaluate", "--bundle", bundle, "--input", data, "--home", folder.Home, "--json")).ShouldSucceed().Json;
        evaluated.GetProperty("macro_f1").GetProperty("value").GetDouble().ShouldBeGreaterThan(0.95);
        (await Cli.RunAsync("predict", "--bundle", bundle, "--input", folder.Write("none.csv", "text\na\n"), "--output", folder.File("o.csv"), "--home", folder.Home, "--json"))
            .ShouldFail(3, "data", "no column 'country'");
    }

    private static string Bits(float[] values) => string.Join(' ', values.Select(BitConverter.SingleToInt32Bits));
}
