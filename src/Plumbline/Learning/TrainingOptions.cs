using System.Text.Json.Serialization;
using Plumbline.Features;
using Plumbline.Learning.Contests;
using Plumbline.Learning.Families;

namespace Plumbline.Learning;

/// <summary>What a training is asked to do.</summary>
/// <param name="Families">Names of the model families that compete.</param>
/// <param name="Seed">The same snapshot, options and seed give the same bundle.</param>
/// <param name="Threads">Threads used; no result depends on it.</param>
/// <param name="Refit">Whether the winner is fitted once more on train and valid together, with what valid decided kept as it is.</param>
/// <param name="L1Ratio">Share of the penalty that is L1, 0 to 0.99.</param>
/// <param name="EarlyStopping">Stops a fit when the log-loss on valid has not fallen for this many epochs; null runs to convergence.</param>
/// <param name="Weightings">Class weightings that compete where classes are uneven.</param>
/// <param name="Contest">How families compete; null for the search of seconds over linear candidates alone.</param>
/// <param name="Memory">For the entries of each matrix; what is beyond goes to a file. No result depends on it.</param>
public sealed record TrainingOptions(
    FeatureOptions Features, IReadOnlyList<string>? Families = null, ulong Seed = 42, int Threads = 0, bool Refit = true, double L1Ratio = 0,
    int? EarlyStopping = null, CalibrationMethod Calibration = CalibrationMethod.Temperature, IReadOnlyList<ClassWeighting>? Weightings = null,
    MatrixMemory? Memory = null, ContestOptions? Contest = null)
{
    /// <summary>What can be asked for without a contest.</summary>
    public static readonly IReadOnlyList<string> QuickFamilies = [LinearFamily.Logistic, LinearFamily.Svm];

    /// <summary>Every family there is, the simplest first.</summary>
    public static IReadOnlyList<string> KnownFamilies => [.. ModelFamilies.All.Select(family => family.Name)];

    /// <summary>The families of a contest where none are named.</summary>
    public static readonly IReadOnlyList<string> ContestFamilies = ["logistic", "nb_svm", "forest", "boosting", "perceptron"];

    /// <summary>Those named, else logistic regression, or in a contest <see cref="ContestFamilies"/>.</summary>
    public IReadOnlyList<string> Families { get => field ?? (Contest is null ? [LinearFamily.Logistic] : ContestFamilies); init; } = Families!;

    public int Threads { get; init; } = Threads > 0 ? Threads : Environment.ProcessorCount;

    /// <summary>Whether what was chosen is fitted on growing shares of train, too, to show whether more data would help. In a contest it is in any case.</summary>
    public bool LearningCurve { get; init; }

    [JsonIgnore]
    public MatrixMemory Memory { get; init; } = Memory ?? MatrixMemory.Default;

    public IReadOnlyList<ClassWeighting> Weightings { get; init; } = Weightings ?? [ClassWeighting.Natural, ClassWeighting.Sqrt, ClassWeighting.Balanced];

    public static TrainingOptions Default { get; } = new(FeatureOptions.Default);

    /// <summary>With <c>all</c> among the families spelt out, and with a contest if a family needs one.</summary>
    public TrainingOptions Competing()
    {
        if (Families.Contains("all"))
            return this with { Families = KnownFamilies, Contest = Contest ?? new ContestOptions() };
        return Contest is null && Families.Any(family => KnownFamilies.Contains(family) && !QuickFamilies.Contains(family)) ? this with { Contest = new ContestOptions() } : this;
    }

    /// <exception cref="ArgumentException">A value is out of its range; the message names it.</exception>
    public void Validate()
    {
        Features.Validate();
        if (Families.Count == 0)
            throw new ArgumentException($"families: none given; choose from {string.Join(", ", KnownFamilies)}.");
        if (Families.FirstOrDefault(family => !KnownFamilies.Contains(family)) is { } unknown)
            throw new ArgumentException($"families: '{unknown}' is not one of all, {string.Join(", ", KnownFamilies)}.");
        if (Contest is null && Families.FirstOrDefault(family => !QuickFamilies.Contains(family)) is { } slow)
            throw new ArgumentException($"families: '{slow}' competes in a contest only; give it trials.");
        Contest?.Validate();
        // Ignored they would mislead: a contest's search spaces decide these.
        if (Contest is not null && (L1Ratio > 0 || EarlyStopping is not null || Enum.GetValues<ClassWeighting>().Except(Weightings).Any()))
            throw new ArgumentException("l1_ratio, early_stopping and class_weights are not for a contest, which tunes every family by its own search space; leave them out, or leave the contest out.");
        if (Contest?.Folds is not null && !Refit)
            throw new ArgumentException("refit: with folds there is no fit on train alone to keep; leave refit: false (--no-refit) out, or folds.");
        if (L1Ratio is not (>= 0 and <= 0.99))
            throw new ArgumentException($"l1_ratio: {L1Ratio} is not within 0 to 0.99.");
        if (EarlyStopping < 1)
            throw new ArgumentException($"early_stopping: {EarlyStopping} is below 1.");
        if (!Weightings.Contains(ClassWeighting.Natural))
            throw new ArgumentException("class_weights: 'natural' must be among them, the others are tried beside it.");
    }
}
