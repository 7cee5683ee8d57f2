using System.CommandLine;
using System.CommandLine.Invocation;

namespace Plumbline.Cli.Help;

/// <summary>Writes the table of contents, or the page of one command.</summary>
internal sealed class HelpPage(HelpContents contents) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var output = parseResult.InvocationConfiguration.Output;
        var command = parseResult.CommandResult.Command;
        if (command is RootCommand)
            WriteContents(output, command);
        else
            WriteCommand(output, command);
        return (int)ExitCode.Ok;
    }

    /// <summary>A command's name after those of the commands that it is part of, without the program's: <c>pipelines run</c>.</summary>
    public static string PathOf(Command command)
    {
        var parent = command.Parents.OfType<Command>().FirstOrDefault();
        return parent is null or RootCommand ? command.Name : $"{PathOf(parent)} {command.Name}";
    }

    private void WriteContents(TextWriter output, Command root)
    {
        output.WriteLine(root.Description);
        output.WriteLine();
        output.WriteLine("Usage: plumbline <command> [options]");
        foreach (var group in contents.Groups)
            WriteRows(output, group.Title, group.Commands.Select(command => (command.Name, command.Description)));
        WriteRows(output, "Options of every command", root.Options.Select(Row));
        output.WriteLine();
        output.WriteLine("plumbline <command> --help says more, with examples. Begin with: plumbline quickstart");
    }

    private static void WriteCommand(TextWriter output, Command command)
    {
        output.WriteLine(command.Description);
        output.WriteLine();
        var parts = new List<string> { "plumbline", PathOf(command) };
        if (command.Subcommands.Count > 0)
            parts.Add("<command>");
        parts.AddRange(command.Arguments.Select(argument => argument.Arity.MinimumNumberOfValues == 0 ? $"[{argument.HelpName ?? argument.Name}]" : argument.HelpName ?? argument.Name));
        parts.AddRange(command.Options.Where(option => option.Required).Select(option => $"{option.Name} {option.HelpName}"));
        parts.Add("[options]");
        output.WriteLine($"Usage: {string.Join(' ', parts)}");
        WriteRows(output, "Commands", command.Subcommands.Select(inner => (Signature(inner), inner.Description)));
        WriteRows(output, "Arguments", command.Arguments.Select(argument => (argument.HelpName ?? argument.Name, argument.Description)));
        WriteRows(output, "Options", command.Options.Select(Row));
        if (command is CliCommand { Examples: { Count: > 0 } examples })
        {
            output.WriteLine();
            output.WriteLine("Examples:");
            foreach (var example in examples)
                output.WriteLine($"  plumbline {example}");
        }
        output.WriteLine();
        output.WriteLine("Also --home DIR, --store ADDRESS, --artifacts ADDRESS, --json, --verbose, --help.");
    }

    private static void WriteRows(TextWriter output, string title, IEnumerable<(string Left, string? Right)> rows)
    {
        var all = rows.ToArray();
        if (all.Length == 0)
            return;
        output.WriteLine();
        output.WriteLine($"{title}:");
        var width = all.Max(row => row.Left.Length);
        foreach (var (left, right) in all)
            output.WriteLine($"  {left.PadRight(width)}  {right}".TrimEnd());
    }

    private static (string, string?) Row(Option option) =>
        (string.Join(", ", option.Aliases.Prepend(option.Name)) + (option.HelpName is null ? "" : $" {option.HelpName}"), option.Description);

    private static string Signature(Command command) =>
        string.Join(' ', command.Arguments.Select(argument => argument.HelpName ?? argument.Name).Prepend(command.Name));
}
