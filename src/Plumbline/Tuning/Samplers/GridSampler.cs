using System.Numerics;
using Plumbline.Statistics;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tuning.Samplers;

/// <summary>Every combination of values once, the last parameter changing fastest; then the space is exhausted.</summary>
public sealed record GridSampler : Sampler
{
    /// <summary>
    /// Of a number with more values than so many, so many: evenly spaced where equal lengths are equally likely, so by equal ratios in a logarithmic range, both ends among
    /// them (one alone: the middle). Null: all of them, which a continuum cannot have.
    /// </summary>
    public int? Points { get; init; }

    internal override ISuggester Begin(SearchSpace space, IReadOnlyList<StudyDirection> directions) => new Suggester(space, Axes(space));

    /// <summary>Number of combinations.</summary>
    /// <exception cref="ArgumentException">An option is out of range, or a parameter is a continuum.</exception>
    internal BigInteger Combinations(SearchSpace space)
    {
        var axes = Axes(space);
        // Of a parameter with all that depend on it; parents stand before.
        var counts = new BigInteger[axes.Length];
        for (var i = axes.Length - 1; i >= 0; i--)
        {
            int[] children = [.. Enumerable.Range(i + 1, axes.Length - i - 1).Where(child => space.Parameters[child].When?.Parent == space.Parameters[i].Name)];
            if (children.Length == 0)
                counts[i] = axes[i].Count;
            for (long value = 0; value < axes[i].Count && children.Length > 0; value++)
                counts[i] += Product(children.Where(child => space.Parameters[child].When!.Values.Contains(axes[i].At(value))));
        }
        return Product(Enumerable.Range(0, axes.Length).Where(i => space.Parameters[i].When is null));

        BigInteger Product(IEnumerable<int> indexes) => indexes.Aggregate(BigInteger.One, (product, i) => product * counts[i]);
    }

    private Axis[] Axes(SearchSpace space)
    {
        if (Points is { } points)
            AtLeast(points, 1, "points");
        return Points is null && space.Parameters.FirstOrDefault(parameter => parameter.Count is null) is { } continuum
            ? throw new ArgumentException($"{continuum.Name}: a grid cannot have all numbers from {continuum.Describe()}; give it a step, or use another sampler.")
            : [.. space.Parameters.Select(parameter => new Axis(parameter, Points))];
    }

    /// <summary>The values of a parameter that are on the grid.</summary>
    private sealed class Axis(Parameter parameter, int? points)
    {
        private readonly ParameterValue[]? _few = points is { } most && !parameter.IsCategorical && !(parameter.Count <= most)
            ? [.. Enumerable.Range(0, most).Select(i => parameter.FromUnit(most == 1 ? 0.5 : (double)i / (most - 1))).Distinct()]
            : null;

        public long Count => _few?.Length ?? parameter.Count!.Value;

        public ParameterValue At(long index) => _few is null ? parameter.At(index) : _few[index];
    }

    private sealed class Suggester(SearchSpace space, Axis[] axes) : ISuggester
    {
        private readonly HashSet<TrialParameters> _told = [];
        private readonly List<TrialParameters> _ahead = [];
        private readonly IEnumerator<TrialParameters> _points = PointsOf(space, axes, new ParameterValue?[axes.Length], 0).GetEnumerator();

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

        private static IEnumerable<TrialParameters> PointsOf(SearchSpace space, Axis[] axes, ParameterValue?[] values, int index)
        {
            if (index == values.Length)
            {
                yield return space.ToTrial(values);
                yield break;
            }
            values[index] = null;
            var isActive = space.IsActive(index, values);
            for (long i = 0; i < (isActive ? axes[index].Count : 1); i++)
            {
                values[index] = isActive ? axes[index].At(i) : default(ParameterValue?);
                foreach (var point in PointsOf(space, axes, values, index + 1))
                    yield return point;
            }
        }
    }
}
