using System.CommandLine;
using Plumbline.Pipelines.OpenLineage;
using Plumbline.Storage;

namespace Plumbline.Cli.Commands;

internal sealed class RollbackCommand : CliCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "Model" };
    private readonly Option<string> _alias = new("--alias") { Description = "What goes back (champion)", HelpName = "ALIAS", DefaultValueFactory = static _ => Champion.Alias };
    private readonly Option<string?> _reason = new("--reason") { Description = "Why, for the audit trail", HelpName = "TEXT" };
    private readonly Option<long?> _expect = new("--expect") { Description = "Only if the alias is this version now", HelpName = "N" };

    public RollbackCommand(Terminal terminal)
        : base(terminal, "rollback", "Point an alias to the version that it was before")
    {
        IsTraced = true;
        Arguments.Add(_name);
        Options.Add(_alias);
        Options.Add(_reason);
        Options.Add(_expect);
        Examples = ["rollback reviews", "rollback reviews --alias challenger --reason \"slower than measured\"", "rollback reviews --expect 3"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        await using var workspace = Workspace.OpenExisting(CommonOptions.HomeOf(parse), Terminal.Time);
        var (name, alias) = (parse.GetRequiredValue(_name), parse.GetValue(_alias)!);
        var model = await workspace.Registry.GetModelAsync(name, cancellation);
        if (!model.Aliases.TryGetValue(alias, out var now))
            throw new MetadataException(MetadataError.NotFound, $"Model '{name}' has no alias '{alias}'; it has: {(model.Aliases.Count == 0 ? "none" : string.Join(", ", model.Aliases.Keys.Order(StringComparer.Ordinal)))}.");
        var change = await workspace.Promotions.RollbackAsync(name, alias, parse.GetValue(_expect) ?? now, Champion.Actor, parse.GetValue(_reason) ?? "", cancellation);
        await using var events = OpenLineageEvents.Open(workspace.Home, Terminal.Time);
        await TrackedWork.PromoteAsync(events, await workspace.Registry.ResolveAsync(FormattableString.Invariant($"{name}/{change.Version}"), cancellation), alias, () => Task.FromResult(change), static _ => true);
        AliasCommand.Report(Terminal, parse, change);
        return ExitCode.Ok;
    }
}
