namespace Plumbline.Client;

/// <summary>An answer to one text.</summary>
/// <param name="Probabilities">By label; they sum to 1.</param>
/// <param name="PredictionId">What feedback refers to.</param>
/// <param name="Version">Of the model that answered, as <c>reviews/3</c>.</param>
/// <param name="Warnings">What the answer had to do without: kind → feature → indices of texts; null for nothing.</param>
/// <param name="Explanation">Where it was asked for.</param>
public sealed record Prediction(
    string Label, IReadOnlyDictionary<string, float> Probabilities, Guid PredictionId, string Version, IReadOnlyDictionary<string, IReadOnlyDictionary<string, int[]>>? Warnings, Explanation? Explanation)
{
    /// <summary>Name of the request in the server's logs.</summary>
    public string? RequestId { get; init; }

    /// <summary>What to send as <see cref="PredictionOptions.Route"/> to stay with the version; null where it does not matter.</summary>
    public string? Route { get; init; }
}

/// <summary>Answers to several texts, in their order.</summary>
/// <param name="Probabilities">One a text, in the order of the model's labels (<see cref="ModelMetadata.Labels"/>).</param>
/// <param name="Explanations">One a text where they were asked for; else empty.</param>
/// <inheritdoc cref="Prediction" path="/param"/>
public sealed record PredictionBatch(
    IReadOnlyList<string> Labels, IReadOnlyList<float[]> Probabilities, IReadOnlyList<Guid> PredictionIds, string Version,
    IReadOnlyDictionary<string, IReadOnlyDictionary<string, int[]>>? Warnings, IReadOnlyList<Explanation> Explanations)
{
    /// <inheritdoc cref="Prediction.RequestId"/>
    public string? RequestId { get; init; }

    /// <inheritdoc cref="Prediction.Route"/>
    public string? Route { get; init; }
}

/// <summary>An answer out of a stream.</summary>
/// <param name="Index">Of the row, from 0.</param>
/// <param name="Probabilities">In the order of the model's labels.</param>
/// <inheritdoc cref="Prediction" path="/param"/>
public sealed record StreamedPrediction(int Index, string Label, float[] Probabilities, Guid PredictionId, string Version, Explanation? Explanation);

/// <summary>What moved an answer, in log-odds of its label.</summary>
/// <param name="LogOdds">The sum of <paramref name="Contributions"/> and <paramref name="Rest"/>.</param>
/// <param name="Exact">False where each contribution is the change when it alone is left out.</param>
public sealed record Explanation(string Label, float LogOdds, bool Exact, IReadOnlyList<Contribution> Contributions, float Rest);

/// <summary>A word or a feature, and by how much it moved an answer.</summary>
/// <param name="Text">The word as it stands in the text; null for a feature.</param>
/// <param name="Feature">A numeric feature, or a categorical one with its value; null for a word.</param>
/// <param name="Start">First UTF-16 code unit of the word.</param>
/// <param name="End">Behind its last.</param>
public sealed record Contribution(string? Text, string? Feature, float LogOdds, int? Start, int? End);
