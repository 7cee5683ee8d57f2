using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Datasets;
using Plumbline.Statistics;

namespace Plumbline.Cli.Output;

/// <summary>How results of learning are shown.</summary>
internal static class Reports
{
    private const int ShownClasses = 40;

    /// <summary>Scores with their intervals, then a row a class.</summary>
    public static void Write(Terminal terminal, ClassificationReport report)
    {
        Tables.Write(
            terminal, [string.Create(CultureInfo.InvariantCulture, $"{report.Rows:n0} rows"), "Score>", "95 % interval>"],
            [
                Row("macro-F1", report.MacroF1), Row("weighted F1", report.WeightedF1), Row("accuracy", report.Accuracy),
                ["log-loss", Text(report.LogLoss), ""], ["ECE", Text(report.Ece), ""],
            ]);
        Tables.Write(
            terminal, ["Class", "Precision>", "Recall>", "F1>", "ROC-AUC>", "PR-AUC>", "Rows>"],
            report.Classes.Take(ShownClasses).Select(scores => new[]
            {
                scores.Label, Text(scores.Precision), Text(scores.Recall), Text(scores.F1), Text(scores.RocAuc), Text(scores.PrAuc),
                scores.Support.ToString("n0", CultureInfo.InvariantCulture),
            }));
        if (report.Classes.Length > ShownClasses)
            terminal.Error.WriteLine($"… and {report.Classes.Length - ShownClasses} more classes; --json has them all.");
    }

    public static JsonObject ToJson(ClassificationReport report) => JsonNode.Parse(report.ToJson())!.AsObject();

    public static void Write(Terminal terminal, Snapshot snapshot)
    {
        var manifest = snapshot.Manifest;
        var mapping = manifest.Mapping;
        var columns = new[]
        {
            ("text", mapping.Text), ("label", mapping.Label), ("split", mapping.Split), ("user", mapping.User), ("item", mapping.Item), ("time", mapping.Time),
        }.Concat(mapping.Numeric.Select(column => ("numeric", (MappedColumn?)column)));
        Tables.Write(terminal, ["What", "Column", "Found"], columns.Where(column => column.Item2 is not null).Select(column => new[] { column.Item1, column.Item2!.Name, column.Item2.Why }));
        Tables.Write(
            terminal, ["Class", "Train>", "Valid>", "Test>"],
            manifest.Classes.Take(ShownClasses).Select(@class => Row(@class.Label, @class.Counts)).Append(Row("all", manifest.Counts)));
        foreach (var dropped in manifest.Dropped)
            terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Dropped {dropped.Rows:n0} rows with {dropped.Reason}, the first: {string.Join(", ", dropped.FirstRows)}."));
        foreach (var unreadable in manifest.Unreadable)
            terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Could not read {unreadable.Values:n0} values of {unreadable.Column}, the first in rows {string.Join(", ", unreadable.FirstRows)}; they are missing values now."));
        if (manifest.TextsWithNul > 0)
            terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Replaced NUL in {manifest.TextsWithNul:n0} texts."));
        if (snapshot.Validated is { } validated)
            ValidationReports.Write(terminal, validated);
        terminal.Error.WriteLine($"Snapshot  {snapshot.Directory}");
    }

    public static JsonObject ToJson(Snapshot snapshot)
    {
        var manifest = snapshot.Manifest;
        return new JsonObject
        {
            ["snapshot"] = snapshot.Digest,
            ["directory"] = snapshot.Directory,
            ["rows"] = Counts(manifest.Counts),
            ["classes"] = new JsonArray([.. manifest.Classes.Select(@class => new JsonObject { ["label"] = @class.Label, ["rows"] = Counts(@class.Counts) })]),
            ["columns"] = Mapping(manifest.Mapping),
            ["dropped"] = new JsonArray([.. manifest.Dropped.Select(dropped => new JsonObject
            {
                ["reason"] = dropped.Reason, ["rows"] = dropped.Rows, ["first_rows"] = new JsonArray([.. dropped.FirstRows.Select(row => JsonValue.Create(row))]),
            })]),
            ["validation"] = snapshot.Validated is { } validated ? ValidationReports.ToJson(validated) : null,
        };
    }

    private static JsonObject Mapping(SchemaMapping mapping)
    {
        var json = new JsonObject();
        (string, MappedColumn?)[] columns =
            [("text", mapping.Text), ("label", mapping.Label), ("split", mapping.Split), ("user", mapping.User), ("item", mapping.Item), ("time", mapping.Time)];
        foreach (var (what, column) in columns)
        {
            if (column is not null)
                json[what] = Column(column);
        }
        json["numeric"] = new JsonArray([.. mapping.Numeric.Select(Column)]);
        return json;
    }

    private static JsonObject Column(MappedColumn column) => new() { ["name"] = column.Name, ["found"] = column.Why };

    private static JsonObject Counts(SplitCounts counts) => new() { ["train"] = counts.Train, ["valid"] = counts.Valid, ["test"] = counts.Test };

    private static string[] Row(string name, SplitCounts counts) =>
        [name, .. new[] { counts.Train, counts.Valid, counts.Test }.Select(count => count.ToString("n0", CultureInfo.InvariantCulture))];

    private static string[] Row(string name, Estimate estimate) => [name, Text(estimate.Value), $"{Text(estimate.Low)} – {Text(estimate.High)}"];

    private static string Text(double value) => double.IsNaN(value) ? "–" : value.ToString("f4", CultureInfo.InvariantCulture);
}
