using Plumbline.Features;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Families;

/// <summary>One fit that is asked for.</summary>
/// <param name="Train">Rows to fit on; shared with other fits, never changed.</param>
/// <param name="Ngrams">Columns of <paramref name="Train"/> that are n-grams: the first. Others follow, the intercept's constant 1 last.</param>
/// <param name="Threads">Threads that the fit may use; no result depends on it.</param>
internal sealed record FitRequest(FeatureMatrix Train, int Ngrams, TrialParameters Parameters, ulong Seed, int Threads = 1)
{
    /// <summary>What depends on the rows alone and is dear: shared by the fits of a contest.</summary>
    public required SharedFits Shared { get; init; }

    /// <summary>Rows that intermediate scores are of; null where nobody asks for any, as in the final fit.</summary>
    public FeatureMatrix? Valid { get; init; }

    /// <summary>
    /// Called in order of steps (from 1) with the scores of <see cref="Valid"/>, n × K, once the model of that step is known; false stops the fit. Families whose fits
    /// are one step never call it.
    /// </summary>
    public Func<int, float[], bool>? Intermediate { get; init; }

    /// <summary>Exactly so many steps (epochs, rounds), as an earlier fit found best; null where the family decides.</summary>
    public int? Steps { get; init; }

    public CancellationToken Cancellation { get; init; }

    /// <summary>Whether to go on after a step.</summary>
    public bool Continue(int step, Func<float[]> scores) => Intermediate is null || Valid is null || Intermediate(step, scores());
}
