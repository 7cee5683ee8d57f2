namespace Plumbline.Cli.Tests.Commands;

/// <summary>Contests of every family over data that give them little or nothing to go by.</summary>
public sealed class ContestDataTests
{
    private static readonly string[] Words = ["plain", "story", "long", "dull", "bright", "quick", "warm", "cold", "old", "new"];

    [Theory]
    [InlineData("equal texts")]
    [InlineData("punctuation")]
    [InlineData("words of their own")]
    [InlineData("a class of one row")]
    [InlineData("a class that train lacks")]
    [InlineData("numbers that are none")]
    [InlineData("two rows")]
    public async Task Train_AllFamilies_EveryTrialIsComplete(string data)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("data.csv", "text,label,split,price\n" + string.Concat(Rows(data)));
        string[] train = ["train", file, "--families", "all", "--trials", "2", "--pruner", "none", "--numeric", "price", "--home", folder.Home, "--json"];
        var answer = (await Cli.RunAsync(train)).ShouldSucceed();
        answer.Json.GetProperty("macro_f1").GetDouble().ShouldBeInRange(0, 1);
        var studies = (await Cli.RunAsync("studies", "--home", folder.Home, "--json")).ShouldSucceed().Json.EnumerateArray().ToArray();
        studies.ShouldNotBeEmpty();
        studies.ShouldAllBe(study => study.GetProperty("failed").GetInt32() == 0 && study.GetProperty("complete").GetInt32() >= 2);
        (await Cli.RunAsync("predict", "--bundle", answer.Json.GetProperty("bundle").GetString()!, "--input", file, "--output", folder.File("out.csv"), "--home", folder.Home)).ShouldSucceed();
    }

    [Fact]
    public async Task Train_NoNgramIsFrequentEnough_NumbersAloneCompete()
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("data.csv", "text,label,split,price\n" + string.Concat(Rows("words of their own")));
        (await Cli.RunAsync("train", file, "--families", "all", "--trials", "2", "--min-df", "1000", "--home", folder.Home)).ShouldSucceed().Error.ShouldContain("features  0 n-grams");
    }

    private static IEnumerable<string> Rows(string data)
    {
        var rows = data == "two rows" ? 6 : 60;
        for (var row = 0; row < rows; row++)
        {
            var split = rows == 6 ? (row / 2) switch { 0 => "train", 1 => "valid", _ => "test" } : (row % 6) switch { 4 => "valid", 5 => "test", _ => "train" };
            var label = data == "a class of one row" && row == 0 || data == "a class that train lacks" && row is 4 or 5 ? "rare" : row / 2 % 2 == 0 && rows > 6 || row % 2 == 0 && rows == 6 ? "a" : "b";
            var text = data switch
            {
                "equal texts" => "the same in every row",
                "punctuation" => row % 3 == 0 ? "!!! ..." : "--- ???",
                "words of their own" => $"w{row * 7919}",
                _ => $"{Words[row % 10]} {Words[row / 2 % 10]} {label}",
            };
            var price = data == "numbers that are none" ? new[] { "NaN", "inf", "-inf", "1e400", "", "abc" }[row % 6] : $"{row % 7}";
            yield return $"{text},{label},{split},{price}\n";
        }
    }
}
