using Plumbline.Features;
using Plumbline.Learning.Contests;
using Plumbline.Learning.Models;

namespace Plumbline.Learning;

/// <summary>A finished training: everything that a bundle holds but its digests.</summary>
internal sealed record TrainedModel(
    IReadOnlyList<string> Labels,
    FeatureContract Contract,
    ModelParameters Parameters,
    string?[] NgramNames,
    Calibration Calibration,
    DecisionRule Decision,
    Candidate Chosen,
    IReadOnlyList<CandidateResult> Candidates,
    DriftBaseline Baseline,
    ValidEvidence Valid,
    long RowsTrain,
    long RowsValid,
    ContestReport? Contest = null)
{
    /// <summary>Of what was chosen; empty where none was asked for.</summary>
    public IReadOnlyList<LearningCurvePoint> LearningCurve { get; init; } = [];

    /// <summary>What that took, which the model itself did not.</summary>
    public TimeSpan LearningCurveTime { get; init; }

    public Classifier Classifier() => new(Contract, Labels.Count, Parameters.Shape, Parameters, Calibration, Decision);
}

/// <summary>What the model fitted on train alone said of valid, or with folds each fold's of the rows that it holds out: labels, calibrated probabilities (n × K) and decisions.</summary>
internal sealed record ValidEvidence(int[] Labels, float[] Probabilities, int[] Predicted);
