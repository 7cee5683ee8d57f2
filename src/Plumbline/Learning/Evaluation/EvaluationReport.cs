using System.Text.Json;
using Plumbline.Learning.Explanations;
using Plumbline.Statistics;

namespace Plumbline.Learning.Evaluation;

/// <summary>What <c>evaluation.json</c> holds and <c>report.html</c> shows of a trained model. Immutable.</summary>
public sealed record EvaluationReport
{
    public required string Title { get; init; }

    /// <summary>What was trained, on what, how: shown in this order.</summary>
    public Fact[] Facts { get; init; } = [];

    public required ClassificationReport Test { get; init; }

    public ClassificationReport? Valid { get; init; }

    /// <summary>Where the figures of <see cref="Valid"/> and <see cref="Candidates"/> come from: <c>on valid</c>, <c>over 5 folds by user</c>.</summary>
    public string Judged { get; init; } = "on valid";

    /// <summary>Wrong answers of the test split, the most confident first.</summary>
    public MisclassifiedSample[] Misclassified
    {
        get;
        init => field = [.. value.OrderByDescending(sample => sample.Probability)];
    } = [];

    /// <summary>One a label that has any, in the order of the labels.</summary>
    public ClassFeatures[] StrongestFeatures { get; init; } = [];

    /// <summary>What the model goes by, the most important first; measured on valid.</summary>
    public Importance[] Importances { get; init; } = [];

    /// <summary>What the chosen configuration reaches on valid, by rows of train; empty where it was not asked for.</summary>
    public LearningCurvePoint[] LearningCurve { get; init; } = [];

    /// <summary>File beside the report that shows the contest; null where none was held.</summary>
    public string? ContestPage { get; init; }

    /// <summary>What was tried before one was chosen.</summary>
    public ComparedCandidate[] Candidates { get; init; } = [];

    /// <summary>The report as one JSON object: snake_case names, null for what is undefined.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, EvaluationJson.Default.EvaluationReport);

    /// <exception cref="JsonException">The text is not such an object.</exception>
    public static EvaluationReport FromJson(string json) =>
        JsonSerializer.Deserialize(json, EvaluationJson.Default.EvaluationReport) ?? throw new JsonException("An evaluation report is an object, not null.");
}

public sealed record Fact(string Name, string Value);

/// <summary>The features that speak most for a class, the strongest first.</summary>
public sealed record ClassFeatures(string Label, FeatureWeight[] Features);

/// <param name="Weight">How much one unit of the feature adds to the class's score.</param>
public sealed record FeatureWeight(string Name, double Weight);

/// <param name="Parameters">As <c>c=4.0, nb_weighting=true</c>.</param>
public sealed record ComparedCandidate(string Name, string Parameters, double ValidMacroF1, double ValidLogLoss, bool Chosen);
