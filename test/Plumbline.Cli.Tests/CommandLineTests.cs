namespace Plumbline.Cli.Tests;

public sealed class CommandLineTests(TrainedHome trained)
{
    private static readonly string[] Commands =
    [
        "quickstart", "init", "up", "generate", "ingest", "snapshot", "data", "train", "evaluate", "runs", "experiments", "predict", "serve", "models", "versions", "promote", "rollback",
        "alias", "sign-off", "gates", "compare", "test", "completion", "version",
    ];

    [Theory]
    [InlineData]
    [InlineData("--help")]
    [InlineData("-h")]
    public async Task Help_OfTheProgram_ListsEveryCommandWithOneLine(params string[] args)
    {
        var help = (await Cli.RunAsync(args)).ShouldSucceed();
        help.Error.ShouldBeEmpty();
        foreach (var command in Commands)
            help.Out.Split('\n').Single(line => line.StartsWith($"  {command} ", StringComparison.Ordinal)).Length.ShouldBeGreaterThan(command.Length + 10);
        help.Out.Split('\n').ShouldAllBe(line => line.Length <= 120);
    }

    [Fact]
    public async Task Help_OfACommand_ShowsUsageOptionsAndExamples()
    {
        var help = (await Cli.RunAsync("predict", "--help")).ShouldSucceed();
        help.Out.ShouldContain("Usage: plumbline predict [options]");
        help.Out.ShouldContain("Examples:\n  plumbline predict");
        (await Cli.RunAsync("models", "alias", "--help")).ShouldSucceed().Out.ShouldContain("Usage: plumbline models alias NAME ALIAS VERSION [options]");
    }

    [Fact]
    public async Task Help_OfEveryCommand_HasNoOptionWithoutDescription()
    {
        foreach (var command in CommandLine.Create(new Terminal { Out = TextWriter.Null, Error = TextWriter.Null }).Subcommands)
        {
            command.Description.ShouldNotBeNullOrEmpty(command.Name);
            command.Options.ShouldAllBe(option => !string.IsNullOrEmpty(option.Description), command.Name);
            command.Arguments.ShouldAllBe(argument => !string.IsNullOrEmpty(argument.Description), command.Name);
            (await Cli.RunAsync(command.Name, "--help")).ShouldSucceed();
        }
    }

    [Theory]
    [InlineData("Did you mean train?", "trian", "x.csv")]
    [InlineData("Did you mean --families?", "train", "x.csv", "--familes", "svm")]
    [InlineData("--bundle", "predict", "--input", "a", "--output", "b")]
    [InlineData("'wood' is not one of all", "train", "x.csv", "--families", "wood")]
    [InlineData("'x' is no range", "train", "x.csv", "--word-ngrams", "x")]
    [InlineData("ngrams.word: [2, 9]", "train", "x.csv", "--word-ngrams", "2-9")]
    [InlineData("'shouting' is not one of urls", "train", "x.csv", "--token-options", "urls,shouting")]
    [InlineData("'magic' is not one of none, temperature, isotonic", "train", "x.csv", "--calibration", "magic")]
    [InlineData("--threads: 0 is below 1", "train", "x.csv", "--threads", "0")]
    [InlineData("See plumbline pipelines run --help.", "pipelines", "run")]
    [InlineData("--limit: 0", "runs", "list", "--limit", "0")]
    [InlineData("--limit: 1001", "experiments", "list", "--limit", "1001")]
    [InlineData("--limit: 0", "versions", "list", "reviews", "--limit", "0")]
    [InlineData("versions show NAME/3", "versions")]
    [InlineData("--override needs --reason", "promote", "reviews/1", "--override")]
    [InlineData("--by", "sign-off", "reviews/1")]
    [InlineData("--drift needs --drift-from", "generate", "x.csv", "--drift", "mix")]
    [InlineData("--drift-from needs --drift", "generate", "x.csv", "--drift-from", "2024-01-01")]
    [InlineData("'soon' is no date", "generate", "x.csv", "--drift-from", "soon")]
    [InlineData("Rows is -1", "generate", "x.csv", "--rows", "-1")]
    [InlineData("--rows is for the made-up corpus", "quickstart", "x.csv", "--rows", "5")]
    [InlineData("--aggregates: 'user_age' is not one of", "quickstart", "--aggregates", "user_age")]
    [InlineData("--bundle and --model say the same", "serve", "--bundle", "a", "--model", "b@c")]
    [InlineData("--output - prints the answers", "predict", "--bundle", "a", "--input", "b", "--output", "-")]
    [InlineData("is the input", "predict", "--bundle", "a", "--input", "b", "--output", "./b")]
    [InlineData("./plumbline test", "test")]
    [InlineData("'tcsh' is not one of bash, zsh, fish", "completion", "tcsh")]
    public async Task Usage_Wrong_IsCode2AndSaysWhy(string message, params string[] args)
    {
        using var folder = new TemporaryFolder();
        (await Cli.RunAsync([.. args, "--home", folder.Home, "--json"])).ShouldFail(2, "usage", message);
        Directory.Exists(folder.Home).ShouldBeFalse();
    }

    [Fact]
    public async Task Preparation_AnyCommandThatReadsAFile_GivesTheSameRecords()
    {
        using var folder = new TemporaryFolder();
        var rows = string.Concat(Enumerable.Range(0, 240).Select(i => $"\"text {i % 200}, {(i % 3 == 0 ? "good" : "bad")} in words of its own\",{(i % 3 == 0 ? "good" : "bad")}\n"));
        var file = folder.Write("a.csv", "text,label\n" + rows);
        string[] prepare = [file, "--duplicates", "exact", "--conflicts", "drop", "--balance", "undersample", "--cap", "40", "--home", folder.Home, "--json"];
        var ingested = (await Cli.RunAsync(["ingest", .. prepare])).ShouldSucceed().Json;
        ingested.GetProperty("rows").GetProperty("train").GetInt64().ShouldBeLessThanOrEqualTo(80);
        (await Cli.RunAsync(["train", .. prepare])).ShouldSucceed();
        var quick = (await Cli.RunAsync(["quickstart", .. prepare, "--no-serve"])).ShouldSucceed().Json;
        Path.GetFileName(quick.GetProperty("snapshot").GetString()).ShouldBe(ingested.GetProperty("snapshot").GetString());
        Directory.GetDirectories(Path.Combine(folder.Home, "snapshots")).Length.ShouldBe(1);
        (await Cli.RunAsync(["validate", .. prepare])).ShouldSucceed();
        foreach (var command in new[] { "ingest", "train", "quickstart", "validate" })
        {
            (await Cli.RunAsync(command, file, "--cap", "0", "--home", folder.Home, "--json")).ShouldFail(2, "usage", "--cap: 0 is below 1");
            (await Cli.RunAsync(command, file, "--duplicates", "some", "--home", folder.Home, "--json")).ShouldFail(2, "usage", "'some' is not one of keep, exact, normalised, near");
            (await Cli.RunAsync($"[suggest:{$"plumbline {command} --dup".Length}]", $"plumbline {command} --dup")).ShouldSucceed().Out.Trim().ShouldBe("--duplicates");
        }
    }

    [Theory]
    [InlineData("", "the file is empty")]
    [InlineData("text,label\n", "has a header but no records")]
    [InlineData("text,stuff\nhello there my friend,1.25\nanother quite long text,7.5\na third and last text,8.75\n", "has no label column")]
    [InlineData("text,label\ngood,yes\nbad,yes\nfair,yes\n", "every label in 'label' is 'yes'")]
    [InlineData("a\0b\0c\0d\0e\0f", "is binary")]
    public async Task Data_Bad_IsCode3AndLeavesNoSnapshot(string content, string message)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("bad.csv", content);
        foreach (var command in new[] { "ingest", "train", "quickstart" })
        {
            (await Cli.RunAsync(command, file, "--home", folder.Home, "--json")).ShouldFail(3, "data", message);
            Entries(folder.Home, "snapshots").ShouldBeEmpty();
            Entries(folder.Home, "bundles").ShouldBeEmpty();
        }
        File.ReadAllText(file).ShouldBe(content);
    }

    [Theory]
    [InlineData("ingest", "none.csv")]
    [InlineData("train", "none.csv")]
    [InlineData("quickstart", "none.csv")]
    public async Task Data_Missing_IsCode3(params string[] args)
    {
        using var folder = new TemporaryFolder();
        (await Cli.RunAsync([.. args, "--home", folder.Home, "--json"])).ShouldFail(3, "data", "there is no such file");
    }

    [Theory]
    [InlineData(5, "metadata", "has no alias 'staging'", "reviews@staging")]
    [InlineData(5, "metadata", "has no version 99", "reviews/99")]
    [InlineData(5, "metadata", "There is no model 'other'", "other@champion")]
    [InlineData(4, "bundle", "'nonsense' is no bundle", "nonsense")]
    [InlineData(4, "bundle", "There is no bundle 00000000", "00000000")]
    public async Task Bundle_NotFound_SaysWhatIsThere(int code, string kind, string message, string bundle)
    {
        foreach (var command in new[] { new[] { "predict", "--output", "out.csv" }, ["evaluate"] })
            (await Cli.RunAsync([.. command, "--bundle", bundle, "--input", trained.Data, "--home", trained.Home, "--json"])).ShouldFail(code, kind, message);
    }

    [Fact]
    public async Task Home_Empty_IsCode5AndIsNotMade()
    {
        using var folder = new TemporaryFolder();
        foreach (var command in new[] { "models", "runs", "serve" })
            (await Cli.RunAsync(command, "--home", folder.Home, "--json")).ShouldFail(5, "metadata", "holds nothing yet");
        Directory.Exists(folder.Home).ShouldBeFalse();
    }

    [Fact]
    public async Task ModelName_Bad_IsRefusedBeforeTheWork()
    {
        using var folder = new TemporaryFolder();
        (await Cli.RunAsync("quickstart", trained.Data, "--model", "no spaces", "--home", folder.Home, "--json")).ShouldFail(5, "metadata", "'no spaces' is not allowed");
        (await Cli.RunAsync("train", trained.Data, "--register", "no/slash", "--home", folder.Home, "--json")).ShouldFail(5, "metadata", "'no/slash' is not allowed");
        Directory.Exists(folder.Home).ShouldBeFalse();
    }

    [Fact]
    public async Task Verbose_Error_ShowsTheStack()
    {
        using var folder = new TemporaryFolder();
        var answer = await Cli.RunAsync("ingest", "none.csv", "--home", folder.Home, "--verbose");
        answer.Error.ShouldContain("   at ");
        answer.Out.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public async Task Completion_Script_AsksTheProgram(string shell)
    {
        (await Cli.RunAsync("completion", shell)).ShouldSucceed().Out.ShouldContain("[suggest:");
        (await Cli.RunAsync("[suggest:14]", "plumbline quic")).ShouldSucceed().Out.Trim().ShouldBe("quickstart");
    }

    private static string[] Entries(string home, string folder) =>
        Directory.Exists(Path.Combine(home, folder)) ? Directory.GetFileSystemEntries(Path.Combine(home, folder)) : [];
}
