using System.Runtime.InteropServices;
using Plumbline.Statistics;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tuning.Samplers;

internal sealed class TpeSuggester : ISuggester
{
    private readonly TpeSampler _options;
    private readonly SearchSpace _space;
    private readonly IReadOnlyList<StudyDirection> _directions;
    private readonly List<Observation> _told = [];
    private readonly List<Observation> _ranked = [];
    private readonly double[] _shift;

    public TpeSuggester(TpeSampler options, SearchSpace space, IReadOnlyList<StudyDirection> directions, ulong seed)
    {
        (_options, _space, _directions) = (options, space, directions);
        var random = RandomSource.Fork(seed, ulong.MaxValue);
        _shift = new double[space.Parameters.Count];
        for (var i = 0; i < _shift.Length; i++)
            _shift[i] = random.NextDouble();
    }

    public void Tell(Trial trial)
    {
        var observation = new Observation(trial, _space.ToUnit(trial.Parameters), _directions);
        _told.Add(observation);
        var place = _ranked.BinarySearch(observation);
        _ranked.Insert(place < 0 ? ~place : place, observation);
    }

    public TrialParameters Ask(int number, IReadOnlyList<TrialParameters> running, RandomSource random)
    {
        if (_told.Count < _options.StartupTrials)
        {
            if (!_options.Quasi)
                return _space.Draw(random);
            return _space.Build(i => _space.Parameters[i].FromUnit(Roberts(i, number)));
        }
        var beside = running.Select(_space.ToUnit).ToArray();
        var values = new ParameterValue?[_space.Parameters.Count];
        foreach (var group in _space.Groups)
        {
            if (!_space.IsActive(group[0], values))
                continue;
            var units = new double[group.Length];
            if (_options.Multivariate || random.NextDouble() < _options.Mix)
            {
                Suggest(group, beside, random, units);
            }
            else
            {
                for (var i = 0; i < group.Length; i++)
                    Suggest([group[i]], beside, random, units.AsSpan(i, 1));
            }
            for (var i = 0; i < group.Length; i++)
                values[group[i]] = _space.Parameters[group[i]].FromUnit(units[i]);
        }
        return _space.ToTrial(values);
    }

    private double Roberts(int dimension, int number)
    {
        double phi = 2;
        for (var i = 0; i < 50; i++)
            phi = Math.Pow(1 + phi, 1.0 / (_shift.Length + 1));
        var x = _shift[dimension] + (number * Math.Pow(1 / phi, dimension + 1));
        return x - Math.Floor(x);
    }

    private void Suggest(int[] group, double[][] beside, RandomSource random, Span<double> best)
    {
        var (below, above) = Split(group[0], beside);
        var good = Estimate(group, below);
        var bad = Estimate(group, above);
        Span<double> point = stackalloc double[best.Length];
        var highest = double.NegativeInfinity;
        for (var candidate = 0; candidate < _options.Candidates; candidate++)
        {
            good.Draw(random, point);
            var ratio = good.LogDensity(point) - bad.LogDensity(point);
            if (ratio > highest || candidate == 0)
            {
                highest = ratio;
                point.CopyTo(best);
            }
        }
    }

    private (List<double[]> Below, List<double[]> Above) Split(int index, double[][] beside)
    {
        var n = _told.Count(observation => !double.IsNaN(observation.Units[index]));
        var count = _options.Sqrt ? (int)Math.Ceiling(_options.GammaShare * Math.Sqrt(n)) : Math.Min((int)Math.Ceiling(_options.GammaShare * n), 25);
        var chosen = _ranked.Where(observation => !double.IsNaN(observation.Units[index])).Take(count).ToHashSet();
        List<double[]> below = [], above = [];
        foreach (var observation in _told)
        {
            if (!double.IsNaN(observation.Units[index]))
                (chosen.Contains(observation) ? below : above).Add(observation.Units);
        }
        foreach (var units in beside)
        {
            if (!double.IsNaN(units[index]))
                above.Add(units);
        }
        return (below, above);
    }

    private ParzenEstimator Estimate(int[] group, List<double[]> observations)
    {
        var dimensions = new IKernels[group.Length];
        var n = observations.Count;
        for (var d = 0; d < group.Length; d++)
        {
            var parameter = _space.Parameters[group[d]];
            var means = new double[n + 1];
            for (var i = 0; i < n; i++)
                means[i] = observations[i][group[d]];
            if (parameter.IsCategorical)
            {
                dimensions[d] = new CategoricalKernels(means.AsSpan(0, n), (int)parameter.Count!.Value, _options.PriorWeight);
                continue;
            }
            means[n] = 0.5;
            var deviations = Bandwidths(means, group.Length);
            dimensions[d] = parameter.UnitStep > 0 ? new SteppedKernels(means, deviations, parameter.UnitStep) : new ContinuousKernels(means, deviations);
        }
        var weights = new double[n + 1];
        for (var i = 0; i < n; i++)
            weights[i] = n <= 25 || i >= n - 25 ? 1 : (1.0 / n) + ((1 - (1.0 / n)) * i / Math.Max(n - 26, 1));
        weights[n] = _options.PriorWeight;
        return new ParzenEstimator(dimensions, weights);
    }

    private double[] Bandwidths(double[] means, int dimensions)
    {
        var n = means.Length - 1;
        var deviations = new double[n + 1];
        var least = Math.Max(1.0 / Math.Min(100, 2.0 + n), _options.MinSigma);
        if (dimensions > 1)
        {
            Array.Fill(deviations, Math.Clamp(_options.Sigma0 * Math.Pow(Math.Max(n, 1), -1.0 / (dimensions + 4)), least, 1));
        }
        else
        {
            var sorted = (double[])means.Clone();
            var order = Enumerable.Range(0, n + 1).ToArray();
            Array.Sort(sorted, order);
            for (var i = 0; i <= n; i++)
            {
                var left = i == 0 ? (n > 0 ? 0 : sorted[0]) : sorted[i] - sorted[i - 1];
                var right = i == n ? (n > 0 ? 0 : 1 - sorted[n]) : sorted[i + 1] - sorted[i];
                deviations[order[i]] = Math.Clamp(Math.Max(left, right), least, 1);
            }
        }
        deviations[n] = 1;
        return deviations;
    }

    internal sealed class Observation : IComparable<Observation>
    {
        public Observation(Trial trial, double[] units, IReadOnlyList<StudyDirection> directions)
        {
            (Units, State, Number) = (units, trial.State, trial.Number);
            var sign = directions[0] == StudyDirection.Minimize ? 1 : -1;
            if (trial.State == TrialState.Complete)
                Loss = sign * trial.Values[0];
            else if (trial.Intermediate.Count > 0)
                (Step, Loss) = (trial.Intermediate[^1].Step, sign * trial.Intermediate[^1].Value);
            else
                Loss = double.PositiveInfinity;
        }

        public double[] Units { get; }
        public TrialState State { get; }
        public int Number { get; }
        public int Step { get; }
        public double Loss { get; }

        public int CompareTo(Observation? other) =>
            (State, -Step, Loss, Number).CompareTo((other!.State, -other.Step, other.Loss, other.Number));
    }
}
