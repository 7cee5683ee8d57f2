using System.Text.Json.Serialization;

namespace Plumbline.Rollouts.Gates;

/// <summary>One limit that a candidate must keep. Exactly one of <see cref="Most"/>, <see cref="MostRatio"/>, <see cref="Margin"/> and <see cref="Least"/> is set.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RolloutGate
{
    public required GateKind Kind { get; init; }

    /// <summary>Of a metric of one label.</summary>
    public string? Label { get; init; }

    /// <summary>Of a score of one slice: the categorical input that makes it, and <see cref="Value"/> what it is there.</summary>
    public string? Column { get; init; }

    public string? Value { get; init; }

    /// <summary>Greatest value: milliseconds of latency, else a share or a distance.</summary>
    public double? Most { get; init; }

    /// <summary>Greatest latency as a multiple of the stable version's.</summary>
    public double? MostRatio { get; init; }

    /// <summary>How much worse than the stable version it may be: more of an error rate, less of a score.</summary>
    public double? Margin { get; init; }

    /// <summary>Least score.</summary>
    public double? Least { get; init; }

    /// <summary>Requests, compared rows or labelled rows, of each version that is looked at, before anything is concluded; null: <see cref="DefaultSamples"/>.</summary>
    public long? LeastSamples { get; init; }

    /// <summary>A p99 needs so many that ten lie beyond it; a drift is a number that comes with its own samples.</summary>
    internal long DefaultSamples => Kind switch
    {
        GateKind.LatencyP99 => 1000,
        GateKind.InputDrift or GateKind.OutputDrift => 0,
        GateKind.ErrorRate or GateKind.Accuracy or GateKind.MacroF1 or GateKind.LabelF1 or GateKind.LabelRecall or GateKind.LabelPrecision => 200,
        _ => 100,
    };

    internal long Samples => LeastSamples ?? DefaultSamples;

    internal RolloutMetric? Metric => Kind switch
    {
        GateKind.Accuracy => RolloutMetric.Accuracy,
        GateKind.MacroF1 => RolloutMetric.MacroF1,
        GateKind.LabelF1 => RolloutMetric.LabelF1,
        GateKind.LabelRecall => RolloutMetric.LabelRecall,
        GateKind.LabelPrecision => RolloutMetric.LabelPrecision,
        _ => null,
    };

    /// <summary>Whether it needs what the stable version counted.</summary>
    internal bool ComparesWithStable => MostRatio is not null || Margin is not null || Kind == GateKind.ConfidenceShift;

    /// <summary>The part of the feedback that it is over; null: all.</summary>
    internal Slice? Slice => Column is null ? null : new Slice(Column, Value!);

    internal string Text => $"{RolloutJson.NameOf(Kind)}{(Label is null ? "" : $" {Storage.MetadataText.Quote(Label)}")}{(Slice is null ? "" : $" of {Slice}")}";

    internal void Validate(string key)
    {
        string[] allowed = Kind switch
        {
            GateKind.LatencyP50 or GateKind.LatencyP99 => ["most", "most_ratio"],
            GateKind.ErrorRate => ["most", "margin"],
            GateKind.ConfidenceShift or GateKind.Disagreement or GateKind.InputDrift or GateKind.OutputDrift => ["most"],
            _ => ["least", "margin"],
        };
        (string Name, double? Value)[] bounds = [("most", Most), ("most_ratio", MostRatio), ("margin", Margin), ("least", Least)];
        (string Name, double? Value)[] given = [.. bounds.Where(bound => bound.Value is not null)];
        if (given is not [var (name, value)] || !allowed.Contains(name))
        {
            var others = given.Length == 0 ? "none" : string.Join(" and ", given.Select(bound => bound.Name));
            throw new ArgumentException($"{key}: {RolloutJson.NameOf(Kind)} needs exactly one of {string.Join(" and ", allowed)}, not {others}.");
        }
        if (!(value >= 0 && double.IsFinite(value.Value)) || (value > 1 && Kind is not (GateKind.LatencyP50 or GateKind.LatencyP99 or GateKind.InputDrift or GateKind.OutputDrift)))
            throw new ArgumentException(FormattableString.Invariant($"{key}.{name}: {value} is not within its range."));
        if (LeastSamples < 1)
            throw new ArgumentException(FormattableString.Invariant($"{key}.least_samples: {LeastSamples} is below 1."));
        if (Column is null != Value is null || Column is "" || (Column is not null && Metric is null))
            throw new ArgumentException($"{key}.column: {(Column is not null && Metric is null ? $"{RolloutJson.NameOf(Kind)} is over all requests; only scores of feedback are of slices" : "and value make a slice together; name a categorical input and what it is there")}.");
        if ((Metric?.IsOfLabel() ?? false) != Label is not null)
            throw new ArgumentException($"{key}.label: {RolloutJson.NameOf(Kind)} {(Label is null ? "needs one" : "takes none")}.");
    }
}

public enum GateKind
{
    /// <summary>Median of the latency of requests.</summary>
    LatencyP50,

    LatencyP99,

    /// <summary>Errors over requests.</summary>
    ErrorRate,

    /// <summary>How far the mean confidence is from the stable version's.</summary>
    ConfidenceShift,

    /// <summary>Share of compared rows that the stable version answered otherwise.</summary>
    Disagreement,

    /// <summary>What a monitor says, in its own measure.</summary>
    InputDrift,

    OutputDrift,

    /// <summary>Scores of feedback.</summary>
    Accuracy,

    MacroF1,
    LabelF1,
    LabelRecall,
    LabelPrecision,
}
