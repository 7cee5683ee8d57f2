using System.CommandLine;
using Plumbline.Cli.Demo;
using Plumbline.Datasets;
using Plumbline.Datasets.Drift;

namespace Plumbline.Cli.Commands;

internal sealed class DemoCommand : CliCommand
{
    public DemoCommand(Terminal terminal)
        : base(terminal, "demo", "See it work, from nothing, in a folder of its own")
    {
        Subcommands.Add(new DemoDriftCommand(terminal));
        Examples = ["demo drift"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) => throw CliException.Usage("Say what to see: demo drift.");
}

/// <summary>The whole loop: drift sets in, and is noticed, told, retrained, rolled out and made good.</summary>
internal sealed class DemoDriftCommand : CliCommand
{
    private const int LeastAfter = 1_000;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Option<string?> _data = new("--data") { Description = "Texts with labels and times, replayed in the order of the times; else generated reviews", HelpName = "FILE" };
    private readonly Option<string?> _text = new("--text") { Description = "Column of the texts, if not found by itself", HelpName = "COLUMN" };
    private readonly Option<string?> _label = new("--label") { Description = "Column of the labels, likewise", HelpName = "COLUMN" };
    private readonly Option<string?> _time = new("--time") { Description = "Column of the times, likewise", HelpName = "COLUMN" };
    private readonly Option<long> _known = new("--known") { Description = "Records that the first model learns from (6000)", HelpName = "N", DefaultValueFactory = static _ => 6_000 };
    private readonly Option<long> _calm = new("--calm") { Description = "Records after these, before anything moves (1500)", HelpName = "N", DefaultValueFactory = static _ => 1_500 };
    private readonly Option<long> _moved = new("--moved") { Description = "Records after these, where they are generated (60000)", HelpName = "N", DefaultValueFactory = static _ => 60_000 };
    private readonly Option<DriftInjectionKind[]?> _drift = new("--drift")
    {
        Description = "What moves after the calm part (vocabulary): vocabulary, length, language, class-prior, label-meaning",
        HelpName = "KINDS",
        CustomParser = Names.ParseList<DriftInjectionKind>,
    };

    private readonly Option<bool> _asIs = new("--as-is") { Description = "Of --data: nothing is made to move but what does by itself" };
    private readonly Option<double> _strength = new("--strength") { Description = "How much, above 0 to 1 (0.7)", HelpName = "X", DefaultValueFactory = static _ => 0.7 };
    private readonly Option<ulong> _seed = new("--seed") { Description = "Same options and seed: same world (1)", HelpName = "N", DefaultValueFactory = static _ => 1 };
    private readonly Option<string?> _folder = new("--folder") { Description = "Where everything goes, and stays; else a temporary folder, removed if all went well", HelpName = "DIR" };

    public DemoDriftCommand(Terminal terminal)
        : base(terminal, "drift", "Traffic, drift, report, alert, retraining, canary, promotion, recovery: in some minutes, with real processes")
    {
        foreach (var option in new Option[] { _data, _text, _label, _time, _known, _calm, _moved, _drift, _asIs, _strength, _seed, _folder })
            Options.Add(option);
        Examples = ["demo drift", "demo drift --json", "demo drift --data hotels.csv.gz --known 5000", "demo drift --drift vocabulary,length --folder /tmp/demo"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var file = parse.GetValue(_data) is { } path ? new SourceOptions { Path = Path.GetFullPath(path), Text = parse.GetValue(_text), Label = parse.GetValue(_label), Time = parse.GetValue(_time) } : null;
        if (parse.GetValue(_asIs) && (file is null || Lists.Given(parse, _drift) is not null))
            throw CliException.Usage("--as-is is for --data, and without --drift.");
        var kinds = parse.GetValue(_asIs) ? [] : Lists.Given(parse, _drift) ?? [DriftInjectionKind.Vocabulary];
        var world = new DemoWorldOptions(parse.GetValue(_known), parse.GetValue(_calm), parse.GetValue(_moved), kinds, parse.GetValue(_strength), parse.GetValue(_seed));
        if (world.Known < 100 || world.Calm < 100 || world.Moved < 1000 || world.Strength is not (> 0 and <= 1))
            throw CliException.Usage("--known and --calm are at least 100, --moved at least 1000, --strength above 0 and at most 1.");
        var kept = parse.GetValue(_folder);
        var folder = kept is null ? Directory.CreateTempSubdirectory("plumbline-demo-").FullName : Directory.CreateDirectory(Path.GetFullPath(kept)).FullName;
        if (Directory.EnumerateFileSystemEntries(folder).Any())
            throw CliException.Usage($"{folder} is not empty; the demonstration begins from nothing.");
        await using (var demo = new DriftDemo(new DriftDemoOptions(file, world, folder, kept is not null, LeastAfter, Patience), new DemoNarrator(Terminal, parse.GetValue(CommonOptions.Json)), Terminal.Time))
            await demo.RunAsync(cancellation);
        if (kept is null)
            Directory.Delete(folder, recursive: true);
        return ExitCode.Ok;
    }
}
