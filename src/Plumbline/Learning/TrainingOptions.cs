using Plumbline.Features;

namespace Plumbline.Learning;

/// <summary>What a training is asked to do.</summary>
/// <param name="Families">Model families that compete: <c>logistic</c>, <c>svm</c>.</param>
/// <param name="Seed">The same snapshot, options and seed give the same bundle.</param>
/// <param name="Threads">Threads used; no result depends on it.</param>
/// <param name="Refit">Whether the winner is fitted once more on train and valid together, with what valid decided kept as it is.</param>
/// <param name="L1Ratio">Share of the penalty that is L1, 0 to 0.99.</param>
/// <param name="EarlyStopping">Stops a fit when the log-loss on valid has not fallen for this many epochs; null runs to convergence.</param>
/// <param name="Weightings">Class weightings that compete where classes are uneven.</param>
/// <param name="Memory">For the entries of each matrix; what is beyond goes to a file. No result depends on it.</param>
public sealed record TrainingOptions(
    FeatureOptions Features, IReadOnlyList<string> Families, ulong Seed = 42, int Threads = 0, bool Refit = true, double L1Ratio = 0,
    int? EarlyStopping = null, CalibrationMethod Calibration = CalibrationMethod.Temperature, IReadOnlyList<ClassWeighting>? Weightings = null,
    MatrixMemory? Memory = null)
{
    public static readonly IReadOnlyList<string> KnownFamilies = [LinearFamily.Logistic, LinearFamily.Svm];

    public int Threads { get; init; } = Threads > 0 ? Threads : Environment.ProcessorCount;

    public MatrixMemory Memory { get; init; } = Memory ?? MatrixMemory.Default;

    public IReadOnlyList<ClassWeighting> Weightings { get; init; } = Weightings ?? [ClassWeighting.Natural, ClassWeighting.Sqrt, ClassWeighting.Balanced];

    public static TrainingOptions Default { get; } = new(FeatureOptions.Default, [LinearFamily.Logistic]);

    /// <exception cref="ArgumentException">A value is out of its range; the message names it.</exception>
    public void Validate()
    {
        Features.Validate();
        if (Families.Count == 0)
            throw new ArgumentException($"families: none given; choose from {string.Join(", ", KnownFamilies)}.");
        if (Families.FirstOrDefault(family => !KnownFamilies.Contains(family)) is { } unknown)
            throw new ArgumentException($"families: '{unknown}' is not one of {string.Join(", ", KnownFamilies)}.");
        if (L1Ratio is not (>= 0 and <= 0.99))
            throw new ArgumentException($"l1_ratio: {L1Ratio} is not within 0 to 0.99.");
        if (EarlyStopping < 1)
            throw new ArgumentException($"early_stopping: {EarlyStopping} is below 1.");
        if (!Weightings.Contains(ClassWeighting.Natural))
            throw new ArgumentException("class_weights: 'natural' must be among them, the others are tried beside it.");
    }
}
