namespace Plumbline.Cli.Help;

internal sealed record HelpContents(IReadOnlyList<HelpGroup> Groups);

internal sealed record HelpGroup(string Title, IReadOnlyList<CliCommand> Commands);
