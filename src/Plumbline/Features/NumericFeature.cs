namespace Plumbline.Features;

/// <summary>Where the value of a numeric feature comes from.</summary>
public enum NumericFeatureSource
{
    /// <summary>Computed from the text, always, whatever a client sends.</summary>
    Text,

    /// <summary>A numeric column of the data, sent by the client at prediction.</summary>
    Input,

    /// <summary>What is known of the record's user or item as of its time: a column of the snapshot, looked up in the feature store at prediction.</summary>
    Aggregate,
}

/// <summary>
/// One number of the feature contract, with what the training split showed of it.
/// A value x enters the model as (x − <paramref name="Mean"/>) / <paramref name="StandardDeviation"/> times the block weight;
/// a missing value enters as the mean.
/// </summary>
public sealed record NumericFeature(
    string Name, NumericFeatureSource Source, double Mean, double StandardDeviation, double Min, double Max);
