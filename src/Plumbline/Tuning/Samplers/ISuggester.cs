using Plumbline.Statistics;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tuning.Samplers;

/// <summary>
/// A sampler at work in one study. It is told every finished trial once and asked for new ones in between; what it answers depends on the seed, the
/// trials told, their order, and its arguments, and on nothing else. Not thread-safe: the study calls it from one thread at a time.
/// </summary>
internal interface ISuggester
{
    /// <param name="trial">Finished: complete, pruned or failed.</param>
    void Tell(Trial trial);

    /// <summary>The parameters of the next trial; null if the space has no more to try.</summary>
    /// <param name="number">Of the next trial.</param>
    /// <param name="running">Parameters of the trials that were begun and are not told yet.</param>
    /// <param name="random">For this trial alone.</param>
    TrialParameters? Ask(int number, IReadOnlyList<TrialParameters> running, RandomSource random);
}
