using Plumbline.Registry.Gates;

namespace Plumbline.Projects;

/// <summary>Reads <c>gates</c>.</summary>
internal static class GatesSection
{
    private static readonly string[] Splits = ["test", "valid"];

    public static GateOptions Read(YamlSection gates, List<string> keys)
    {
        var champion = gates.Section("no_worse_than_champion");
        var margin = AtLeastZero(champion, "margin") ?? 0;
        var calibration = gates.Section("calibration");
        var options = new GateOptions
        {
            MinMetric = ReadMetrics(gates),
            ChampionMargin = champion.IsPresent ? margin : null,
            ClassFloors = [.. gates.Sections("class_floors").Select(floor => ReadFloor(floor, keys))],
            Slices = [.. gates.Sections("slices").Select(slice => ReadSlice(slice, keys))],
            MaxExcessEce = AtLeastZero(calibration, "max_excess_ece"),
            LatencyUs = AtLeastZero(gates, "latency_us"),
            SizeMb = AtLeastZero(gates, "size_mb"),
            ContractCompatible = gates.Flag("contract_compatible") ?? false,
            SignedOffBy = gates.List("signed_off_by") ?? [],
        };
        if (calibration.IsPresent && options.MaxExcessEce is null)
            throw calibration.Error("needs max_excess_ece");
        champion.Finish(keys);
        calibration.Finish(keys);
        gates.Finish(keys);
        return options;
    }

    private static KeyValuePair<string, double>[] ReadMetrics(YamlSection gates)
    {
        var metrics = new List<KeyValuePair<string, double>>();
        foreach (var (key, least) in gates.NumberOfEach("min_metric") ?? [])
        {
            var (split, metric) = key.Split('.', 2) is [var before, var after] ? (before, after) : ("test", key);
            if (!Splits.Contains(split) || !GateOptions.Metrics.Contains(metric))
                throw gates.Error("min_metric", $"has '{Storage.MetadataText.Quote(key)}'; write one of {string.Join(", ", GateOptions.Metrics)}, or valid. and that");
            if (!(least is >= 0 and <= 1))
                throw gates.Error("min_metric", FormattableString.Invariant($"has {least} for {key}; it must be within 0 and 1"));
            metrics.Add(new($"{split}.{metric}", least));
        }
        return [.. metrics];
    }

    private static ClassFloor ReadFloor(YamlSection floor, List<string> keys)
    {
        var read = new ClassFloor(floor.Text("label"), Share(floor, "precision"), Share(floor, "recall"), Share(floor, "f1"));
        floor.Finish(keys);
        return read is { Precision: null, Recall: null, F1: null } ? throw floor.Error("needs precision, recall or f1") : read;
    }

    private static SliceGate ReadSlice(YamlSection slice, List<string> keys)
    {
        var read = new SliceGate
        {
            Name = slice.Text("name") ?? throw slice.Error("name", "is missing; every slice needs a name"),
            Column = slice.Text("column"),
            Value = slice.Text("value"),
            Min = slice.Number<double>("min"),
            Max = slice.Number<double>("max"),
            MinLength = slice.Number<int>("min_length"),
            MaxLength = slice.Number<int>("max_length"),
            Language = slice.Text("language"),
            MinMacroF1 = Share(slice, "min_macro_f1"),
            MaxGap = Share(slice, "max_gap"),
            MinRows = slice.Number<int>("min_rows") ?? SliceGate.FewestRows,
        };
        slice.Finish(keys);
        if (read is { Column: null, MinLength: null, MaxLength: null, Language: null })
            throw slice.Error("has no condition; give it column, min_length, max_length or language");
        if (read is { Column: null } and ({ Value: not null } or { Min: not null } or { Max: not null }))
            throw slice.Error("has value, min or max, but no column that they are of");
        if (read.Value is not null && (read.Min ?? read.Max) is not null)
            throw slice.Error("has both value, of a categorical column, and min or max, of a numeric one");
        if (read is { MinMacroF1: null, MaxGap: null })
            throw slice.Error("needs min_macro_f1 or max_gap");
        return read.MinRows >= 1 ? read : throw slice.Error("min_rows", FormattableString.Invariant($"is {read.MinRows}; it must be at least 1"));
    }

    private static double? Share(YamlSection section, string key) => section.Number<double>(key) switch
    {
        null => null,
        >= 0 and <= 1 and var share => share,
        var other => throw section.Error(key, FormattableString.Invariant($"is {other}; it must be within 0 and 1")),
    };

    private static double? AtLeastZero(YamlSection section, string key) => section.Number<double>(key) switch
    {
        null => null,
        >= 0 and < double.PositiveInfinity and var number => number,
        var other => throw section.Error(key, FormattableString.Invariant($"is {other}; it must be at least 0")),
    };
}
