using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Datasets;
using Plumbline.Features.Online;
using Plumbline.Projects;

namespace Plumbline.Cli.Commands;

internal sealed class FeaturesCommand : CliCommand
{
    public FeaturesCommand(Terminal terminal)
        : base(terminal, "features", "What is known of users and items, for predictions")
    {
        Subcommands.Add(new FeaturesLoadCommand(terminal));
        Subcommands.Add(new FeaturesServedCommand(terminal));
        Examples = ["features load --snapshot 3f0c…", "features load --snapshot 3f0c… --replace", "features served --json"];
    }

    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation) =>
        throw CliException.Usage("Say what to do: features load or features served.");
}

internal sealed class FeaturesLoadCommand : CliCommand
{
    private readonly Option<string> _snapshot = new("--snapshot") { Description = "Digest of a snapshot with aggregates, or its first digits", HelpName = "DIGEST", Required = true };
    private readonly Option<bool> _replace = new("--replace") { Description = "What the store holds may go" };

    public FeaturesLoadCommand(Terminal terminal)
        : base(terminal, "load", "Begin the feature store with the users and items of a snapshot")
    {
        Options.Add(_snapshot);
        Options.Add(_replace);
        Examples = ["features load --snapshot 3f0c…"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var home = CommonOptions.HomeOf(parse);
        var snapshot = Snapshot.Open(await SnapshotLocator.FindAsync(home, parse.GetRequiredValue(_snapshot), Terminal.Time, cancellation));
        var options = Serving.WithFolder(Project.Find(Environment.CurrentDirectory)?.FeatureStore ?? new FeatureStoreOptions(), home)!;
        var known = snapshot.ReadEntities();
        await using var store = FeatureStore.Open(options, Terminal.Time);
        var counts = await store.LoadAsync(known, parse.GetValue(_replace), cancellation);
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, new JsonObject { ["entities"] = counts.Loaded, ["too_long"] = counts.TooLong, ["snapshot"] = snapshot.Digest, ["store"] = options.ToString() });
        else
            Terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{counts.Loaded:n0} users and items in {options}"));
        if (counts.TooLong > 0)
        {
            Terminal.Error.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{counts.TooLong:n0} were left out: their ids are longer than {EntityEvent.MostIdBytes:n0} bytes, which no prediction can name"));
        }
        return ExitCode.Ok;
    }
}

internal sealed class FeaturesServedCommand(Terminal terminal) : CliCommand(terminal, "served", "The aggregates that predictions were made with, one JSON line each")
{
    protected override Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        foreach (var served in ServedFeatureLog.Read(CommonOptions.HomeOf(parse).ServedFeatures))
        {
            cancellation.ThrowIfCancellationRequested();
            Terminal.Out.WriteLine(served.ToJson());
        }
        return Task.FromResult(ExitCode.Ok);
    }
}
