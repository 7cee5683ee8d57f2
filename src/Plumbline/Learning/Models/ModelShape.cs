using Plumbline.Learning.Trees;

namespace Plumbline.Learning.Models;

/// <summary>What kind of model a bundle holds, and the sizes of its arrays; docs/specs/bundle.md.</summary>
/// <param name="Family">Name of the family that fitted it.</param>
/// <param name="Kind">How it scores: <c>linear</c>, <c>trees</c>, <c>perceptron</c>, <c>ensemble</c>, <c>stacking</c>.</param>
/// <param name="Outputs">Scores a text: one a label, or 1 for two labels (then of the second; the first scores 0).</param>
/// <param name="Stride">Floats a row of <c>ngram.table</c>; scale and polarity are the last two.</param>
/// <param name="Members">Of an ensemble or a stacking.</param>
/// <param name="Trees">Of kind <c>trees</c>.</param>
/// <param name="Perceptron">Of a perceptron.</param>
public sealed record ModelShape(
    string Family, string Kind, int Outputs, int Stride, IReadOnlyList<EnsembleMember>? Members = null, TreeShape? Trees = null, PerceptronShape? Perceptron = null);

/// <summary>One model of an ensemble or a stacking. Its sections are named <c>member0.…</c> and so on.</summary>
/// <param name="Weight">Of its vote, 0 to 1, all weights sum to 1; in a stacking the mean of its weights, for people.</param>
/// <param name="Calibration">How its scores become the probabilities that it goes in with.</param>
public sealed record EnsembleMember(ModelShape Model, float Weight, Calibration Calibration);
