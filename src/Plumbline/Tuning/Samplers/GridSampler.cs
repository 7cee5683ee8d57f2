using Plumbline.Statistics;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tuning.Samplers;

/// <summary>Every combination of values once, the last parameter changing fastest; then the space is exhausted. For parameters with a countable number of values.</summary>
public sealed record GridSampler : Sampler
{
    internal override ISuggester Begin(SearchSpace space, IReadOnlyList<StudyDirection> directions) =>
        space.Parameters.FirstOrDefault(parameter => parameter.Count is null) is { } continuum
            ? throw new ArgumentException($"{continuum.Name}: a grid cannot have all numbers from {continuum.Describe()}; give it a step, or use another sampler.")
            : new Suggester(space);

    private sealed class Suggester(SearchSpace space) : ISuggester
    {
        private readonly HashSet<TrialParameters> _told = [];
        private readonly List<TrialParameters> _ahead = [];
        private readonly IEnumerator<TrialParameters> _points = Points(space, new ParameterValue?[space.Parameters.Count], 0).GetEnumerator();

        public void Tell(Trial trial) => _told.Add(trial.Parameters);

        public TrialParameters? Ask(int number, IReadOnlyList<TrialParameters> running, RandomSource random)
        {
            // What was asked for stays ahead until it is told, as it may not have been run.
            _ahead.RemoveAll(_told.Contains);
            foreach (var point in _ahead)
            {
                if (!running.Contains(point))
                    return point;
            }
            while (_points.MoveNext())
            {
                if (_told.Contains(_points.Current))
                    continue;
                _ahead.Add(_points.Current);
                if (!running.Contains(_points.Current))
                    return _points.Current;
            }
            return null;
        }

        private static IEnumerable<TrialParameters> Points(SearchSpace space, ParameterValue?[] values, int index)
        {
            if (index == values.Length)
            {
                yield return space.ToTrial(values);
                yield break;
            }
            values[index] = null;
            var isActive = space.IsActive(index, values);
            for (long i = 0; i < (isActive ? space.Parameters[index].Count!.Value : 1); i++)
            {
                values[index] = isActive ? space.Parameters[index].At(i) : default(ParameterValue?);
                foreach (var point in Points(space, values, index + 1))
                    yield return point;
            }
        }
    }
}
