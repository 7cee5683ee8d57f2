using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Statistics;

namespace Plumbline.Cli.Output;

/// <summary>How results of learning are shown.</summary>
internal static class Reports
{
    private const int ShownClasses = 40;
    private const int ShownColumns = 40;

    /// <summary>Scores with their intervals, then a row a class.</summary>
    public static void Write(Terminal terminal, ClassificationReport report)
    {
        Tables.Write(
            terminal, [string.Create(CultureInfo.InvariantCulture, $"{report.Rows:n0} rows"), "Score>", "95 % interval>"],
            [
                Row("macro-F1", report.MacroF1), Row("weighted F1", report.WeightedF1), Row("accuracy", report.Accuracy),
                ["log-loss", Text(report.LogLoss), ""], ["ECE", Text(report.Ece), ""], ["ECE if perfect", Text(report.EceOfPerfect), ""],
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

    /// <summary>Values beside the texts that keep less than the contract promises, by feature; nothing where all keep it.</summary>
    public static void Write(Terminal terminal, ContractTally tally)
    {
        foreach (var (feature, fault, count) in tally.Faults)
        {
            terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"warning: {count:n0} values of {feature} are {Describe(fault)}"));
        }
    }

    private static string Describe(ContractFault fault) => fault switch
    {
        ContractFault.Missing => "missing; the answers do without them",
        ContractFault.Type => "no numbers of 32 bits; the answers do without them",
        ContractFault.OutOfRange => $"more than {ContractCheck.Sigmas} standard deviations from the training mean",
        ContractFault.Differs => "not what the feature store has, which was used",
        ContractFault.UnknownEntity => "of users or items that the feature store does not know; their default, a count of 0 if the store is complete, else the training mean stands for them",
        ContractFault.StoreUnavailable => "not known, as the feature store could not be asked; their default, else the training mean stands for them",
        _ => "no categories that training knew; the answers do without them",
    };

    /// <summary>Kind → feature → count, in the words of docs/specs/http.md.</summary>
    public static JsonObject ToJson(ContractTally tally) => new(tally.Faults.GroupBy(found => found.Fault).Select(kind => KeyValuePair.Create(
        JsonOutput.NameOf(kind.Key), (JsonNode?)new JsonObject(kind.Select(found => KeyValuePair.Create(found.Feature, (JsonNode?)found.Count))))));

    public static JsonObject ToJson(ClassificationReport report) => JsonNode.Parse(report.ToJson())!.AsObject();

    public static void Write(Terminal terminal, Snapshot snapshot)
    {
        var manifest = snapshot.Manifest;
        Write(terminal, manifest.Mapping, manifest.Schema);
        Tables.Write(
            terminal, ["Class", "Train>", "Valid>", "Test>"],
            manifest.Classes.Take(ShownClasses).Select(@class => Row(@class.Label, @class.Counts)).Append(Row("all", manifest.Counts)));
        foreach (var dropped in manifest.Dropped)
            terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Dropped {dropped.Rows:n0} rows with {dropped.Reason}, the first: {string.Join(", ", dropped.FirstRows)}."));
        foreach (var unreadable in manifest.Unreadable)
            terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Could not read {unreadable.Values:n0} values of {unreadable.Column}, the first in rows {string.Join(", ", unreadable.FirstRows)}; they are missing values now."));
        foreach (var note in manifest.Notes)
            terminal.Error.WriteLine($"Note: {note}");
        if (manifest.TextsWithNul > 0)
            terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Replaced NUL in {manifest.TextsWithNul:n0} texts."));
        if (snapshot.Validated is { } validated)
            ValidationReports.Write(terminal, validated);
        terminal.Error.WriteLine($"Snapshot  {snapshot.Directory}");
    }

    /// <summary>What each column is used for, then those that are not used.</summary>
    public static void Write(Terminal terminal, SchemaMapping mapping, IReadOnlyList<SourceColumn> schema)
    {
        var used = Columns(mapping).Concat(mapping.Numeric.Select(column => ("numeric", column)))
            .Concat(mapping.Categorical.Select(column => ("categorical", column))).ToArray();
        var unused = Enumerable.Range(0, schema.Count).Except(used.Select(column => column.Item2.Index)).ToArray();
        Tables.Write(
            terminal, ["What", "Column", "Type", "Missing>", "Found"],
            used.Select(column => Row(column.Item1, column.Item2.Name, column.Item2.Index, column.Item2.Why))
                .Concat(unused.Take(ShownColumns).Select(index => Row("", schema[index].Name, index, "not used"))));
        if (unused.Length > ShownColumns)
            terminal.Error.WriteLine($"… and {unused.Length - ShownColumns} more columns that are not used; --json has them all.");

        string[] Row(string what, string name, int index, string why) => index < schema.Count
            ? [what, name, TypeOf(schema[index]), schema[index].Missing.ToString("p1", CultureInfo.InvariantCulture), why]
            : [what, name, "", "", why];
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
            ["schema"] = new JsonArray([.. manifest.Schema.Select(column => new JsonObject
            {
                ["name"] = column.Name, ["type"] = TypeOf(column), ["missing"] = JsonOutput.Rounded(column.Missing, 4),
            })]),
            ["notes"] = new JsonArray([.. manifest.Notes.Select(note => JsonValue.Create(note))]),
            ["dropped"] = new JsonArray([.. manifest.Dropped.Select(dropped => new JsonObject
            {
                ["reason"] = dropped.Reason, ["rows"] = dropped.Rows, ["first_rows"] = new JsonArray([.. dropped.FirstRows.Select(row => JsonValue.Create(row))]),
            })]),
            ["validation"] = snapshot.Validated is { } validated ? ValidationReports.ToJson(validated) : null,
        };
    }

    private static IEnumerable<(string What, MappedColumn Column)> Columns(SchemaMapping mapping)
    {
        (string, MappedColumn?)[] columns =
        [
            ("text", mapping.Text), ("label", mapping.Label), ("split", mapping.Split), ("user", mapping.User), ("item", mapping.Item), ("time", mapping.Time),
            ("label_time", mapping.LabelTime),
        ];
        return columns.Where(column => column.Item2 is not null).Select(column => (column.Item1, column.Item2!));
    }

    private static string TypeOf(SourceColumn column) => column.Type.ToString().ToLowerInvariant();

    private static JsonObject Mapping(SchemaMapping mapping)
    {
        var json = new JsonObject();
        foreach (var (what, column) in Columns(mapping))
            json[what] = Column(column);
        json["numeric"] = new JsonArray([.. mapping.Numeric.Select(Column)]);
        json["categorical"] = new JsonArray([.. mapping.Categorical.Select(Column)]);
        return json;
    }

    private static JsonObject Column(MappedColumn column) => new() { ["name"] = column.Name, ["found"] = column.Why };

    public static JsonObject Counts(SplitCounts counts) => new() { ["train"] = counts.Train, ["valid"] = counts.Valid, ["test"] = counts.Test };

    private static string[] Row(string name, SplitCounts counts) =>
        [name, .. new[] { counts.Train, counts.Valid, counts.Test }.Select(count => count.ToString("n0", CultureInfo.InvariantCulture))];

    private static string[] Row(string name, Estimate estimate) => [name, Text(estimate.Value), $"{Text(estimate.Low)} – {Text(estimate.High)}"];

    private static string Text(double value) => double.IsNaN(value) ? "–" : value.ToString("f4", CultureInfo.InvariantCulture);
}
