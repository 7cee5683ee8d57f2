using Spectre.Console;
using Cell = Spectre.Console.Text;

namespace Plumbline.Cli.Output;

/// <summary>Tables for people, on standard error.</summary>
internal static class Tables
{
    private const int WidthWithoutTerminal = 160;

    /// <summary>Cells up to that length stay whole, whatever else has to be broken into lines.</summary>
    private const int ShortCell = 12;

    /// <summary>Colours only on a terminal, and not there if NO_COLOR is set.</summary>
    public static IAnsiConsole ConsoleOf(Terminal terminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(terminal.Error),
            Ansi = terminal.IsInteractive ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = terminal.IsInteractive ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = terminal.IsInteractive ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!terminal.IsInteractive)
            console.Profile.Width = WidthWithoutTerminal;
        return console;
    }

    /// <param name="columns">A name that ends with '&gt;' is a column of numbers, aligned right.</param>
    public static void Write(Terminal terminal, IReadOnlyList<string> columns, IEnumerable<string[]> rows)
    {
        var table = new Table { Border = terminal.IsInteractive ? TableBorder.Rounded : TableBorder.Simple };
        string[][] cells = [.. rows];
        for (var i = 0; i < columns.Count; i++)
        {
            var isNumber = columns[i].EndsWith('>');
            table.AddColumn(new TableColumn(new Cell(columns[i].TrimEnd('>'))) { Alignment = isNumber ? Justify.Right : Justify.Left, NoWrap = isNumber || cells.All(row => row[i].Length <= ShortCell) });
        }
        foreach (var row in cells)
            table.AddRow(row.Select(cell => new Cell(cell)));
        ConsoleOf(terminal).Write(table);
    }
}
