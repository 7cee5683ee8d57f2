using Plumbline.Statistics;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tuning.Samplers;

/// <summary>Each parameter uniform over its values, or over their logarithms.</summary>
public sealed record RandomSampler : Sampler
{
    internal override ISuggester Begin(SearchSpace space, IReadOnlyList<StudyDirection> directions) => new Suggester(space);

    private sealed class Suggester(SearchSpace space) : ISuggester
    {
        public void Tell(Trial trial)
        {
        }

        public TrialParameters Ask(int number, IReadOnlyList<TrialParameters> running, RandomSource random) => space.Draw(random);
    }
}
