using System.Text.Json.Serialization;

namespace Plumbline.Features;

/// <summary>The numeric block of the contract: what is computed from the text, what comes beside it, and how it enters the model.</summary>
/// <param name="FromText">Whether the numbers of <see cref="TextStatistics"/> and the sentiment are features.</param>
/// <param name="Keywords">Each becomes a feature <c>{keyword}_freq</c>: how often it occurs in the text, whatever its case.</param>
/// <param name="Inputs">Numeric columns of the data that clients send at prediction.</param>
/// <param name="Weight">What a standardised value is multiplied by beside the text block, whose length is 1; more than 0.</param>
/// <param name="Clip">Standardised values are held within ± this many standard deviations; more than 0.</param>
/// <param name="Aggregates">Aggregates of users and items as of time (<see cref="Datasets.Aggregates.EntityFeature"/>), by name.</param>
public sealed record NumericOptions(
    bool FromText = true, IReadOnlyList<string>? Keywords = null, IReadOnlyList<string>? Inputs = null, double Weight = 0.1, double Clip = 5,
    IReadOnlyList<string>? Aggregates = null)
{
    public IReadOnlyList<string> Keywords { get; init; } = Keywords ?? [];

    public IReadOnlyList<string> Inputs { get; init; } = Inputs ?? [];

    public IReadOnlyList<string> Aggregates { get; init; } = Aggregates ?? [];

    /// <summary>Values that come beside a text: inputs, then aggregates.</summary>
    [JsonIgnore]
    public int BesideText => Inputs.Count + Aggregates.Count;
}
