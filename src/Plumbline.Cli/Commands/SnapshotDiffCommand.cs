using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;
using Plumbline.Datasets;
using Plumbline.Datasets.Comparison;

namespace Plumbline.Cli.Commands;

internal sealed class SnapshotDiffCommand : CliCommand
{
    private const int ShownClasses = 40;

    private readonly Argument<string> _a = new("A") { Description = "Digest or its beginning, folder, or name of a data set" };
    private readonly Argument<string> _b = new("B") { Description = "Likewise" };

    public SnapshotDiffCommand(Terminal terminal)
        : base(terminal, "diff", "How two snapshots differ: columns, labels, records, values")
    {
        Arguments.Add(_a);
        Arguments.Add(_b);
        Examples = ["snapshot diff 3f0c9a 81b2d4", "snapshot diff 3f0c9a reviews --json"];
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parse, CancellationToken cancellation)
    {
        var home = CommonOptions.HomeOf(parse);
        var a = await SnapshotLocator.FindAsync(home, parse.GetRequiredValue(_a), Terminal.Time, cancellation);
        var b = await SnapshotLocator.FindAsync(home, parse.GetRequiredValue(_b), Terminal.Time, cancellation);
        var diff = await Task.Run(() => SnapshotComparer.Compare(Snapshot.Open(a), Snapshot.Open(b), home, stop: cancellation), cancellation);
        if (parse.GetValue(CommonOptions.Json))
            JsonOutput.Write(Terminal, ToJson(diff));
        else
            Show(diff);
        return ExitCode.Ok;
    }

    private void Show(SnapshotDiff diff)
    {
        Tables.Write(Terminal, ["", "Added in B", "Gone in B", "Of another type"], new[] { ("Columns", diff.Columns), ("Labels", diff.Labels) }
            .Select(names => new[] { names.Item1, Some(names.Item2.Added), Some(names.Item2.Gone), Some(names.Item2.Changed) }));
        Tables.Write(
            Terminal, ["Class", "Train A>", "Train B>", "Valid A>", "Valid B>", "Test A>", "Test B>"],
            diff.Classes.Take(ShownClasses).Select(@class => Row(@class.Label, @class.CountsOfA, @class.CountsOfB)).Append(Row("all", diff.CountsOfA, diff.CountsOfB)));
        if (diff.Classes.Count > ShownClasses)
            Terminal.Error.WriteLine($"… and {diff.Classes.Count - ShownClasses} more classes; --json has them all.");
        var records = diff.Records;
        Tables.Write(
            Terminal, ["Records", "Number>"],
            new[]
            {
                ("only in A", records.OnlyA), ("only in B", records.OnlyB), ("in both", records.Both), ("  unchanged", records.Unchanged), ("  moved between splits", records.Moved),
                ("  relabelled", records.Relabelled),
            }.Select(row => new[] { row.Item1, SnapshotCommand.Number(row.Item2) }));
        Tables.Write(
            Terminal, ["Values", "Missing A>", "Missing B>", "Mean A>", "Mean B>", "SD A>", "SD B>", "Median A>", "Median B>", "KS distance>"],
            diff.Shifts.Select(shift => new[]
            {
                shift.Column, Text(shift.A.Missing), Text(shift.B.Missing), Text(shift.A.Mean), Text(shift.B.Mean), Text(shift.A.StandardDeviation), Text(shift.B.StandardDeviation),
                Text(shift.A.Median), Text(shift.B.Median), Text(shift.KolmogorovSmirnov),
            }));
        if (records.Examples.Count > 0)
            Tables.Write(
                Terminal, ["Example", "Text", "In A", "In B"],
                records.Examples.Select(example => new[] { example.What, example.Text, string.Join(", ", example.InA), string.Join(", ", example.InB) }));
    }

    private static JsonObject ToJson(SnapshotDiff diff) => new()
    {
        ["a"] = diff.A,
        ["b"] = diff.B,
        ["columns"] = ToJson(diff.Columns),
        ["labels"] = ToJson(diff.Labels),
        ["rows"] = new JsonObject { ["a"] = Reports.Counts(diff.CountsOfA), ["b"] = Reports.Counts(diff.CountsOfB) },
        ["classes"] = new JsonArray([.. diff.Classes.Select(@class => new JsonObject
        {
            ["label"] = @class.Label, ["a"] = Reports.Counts(@class.CountsOfA), ["b"] = Reports.Counts(@class.CountsOfB),
        })]),
        ["records"] = new JsonObject
        {
            ["only_a"] = diff.Records.OnlyA,
            ["only_b"] = diff.Records.OnlyB,
            ["both"] = diff.Records.Both,
            ["unchanged"] = diff.Records.Unchanged,
            ["moved"] = diff.Records.Moved,
            ["relabelled"] = diff.Records.Relabelled,
        },
        ["examples"] = new JsonArray([.. diff.Records.Examples.Select(example => new JsonObject
        {
            ["what"] = example.What.Replace(' ', '_').ToLowerInvariant(), ["text"] = example.Text, ["a"] = SnapshotCommand.Texts(example.InA), ["b"] = SnapshotCommand.Texts(example.InB),
        })]),
        ["shifts"] = new JsonArray([.. diff.Shifts.Select(shift => new JsonObject
        {
            ["column"] = shift.Column, ["a"] = ToJson(shift.A), ["b"] = ToJson(shift.B), ["ks"] = JsonOutput.Number(shift.KolmogorovSmirnov),
        })]),
    };

    private static JsonObject ToJson(NameDiff names) => new()
    {
        ["added"] = SnapshotCommand.Texts(names.Added),
        ["gone"] = SnapshotCommand.Texts(names.Gone),
        ["changed"] = SnapshotCommand.Texts(names.Changed),
    };

    private static JsonObject ToJson(ValueSummary summary) => new()
    {
        ["missing"] = JsonOutput.Number(summary.Missing),
        ["mean"] = JsonOutput.Number(summary.Mean),
        ["standard_deviation"] = JsonOutput.Number(summary.StandardDeviation),
        ["median"] = JsonOutput.Number(summary.Median),
    };

    private static string[] Row(string name, SplitCounts a, SplitCounts b) =>
        [name, .. new[] { a.Train, b.Train, a.Valid, b.Valid, a.Test, b.Test }.Select(SnapshotCommand.Number)];

    private static string Some(IReadOnlyList<string> names) => names.Count == 0 ? "–" : SnapshotCommand.Shorten(names, 10);

    private static string Text(double value) => double.IsNaN(value) ? "–" : value.ToString("g4", CultureInfo.InvariantCulture);
}
