using Plumbline.Statistics;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tuning.Samplers;

internal sealed class TpeSuggester : ISuggester
{
    private readonly TpeSampler _options;
    private readonly SearchSpace _space;
    private readonly IReadOnlyList<StudyDirection> _directions;
    private readonly TpeEvidence[] _evidence;
    private int _told;

    public TpeSuggester(TpeSampler options, SearchSpace space, IReadOnlyList<StudyDirection> directions)
    {
        (_options, _space, _directions) = (options, space, directions);
        _evidence = [.. space.Groups.Select(_ => new TpeEvidence(directions.Count))];
    }

    public void Tell(Trial trial)
    {
        // A copy says nothing new: told, it would draw the densities still closer to the point that is suggested too often.
        if (trial.CopyOf is not null)
            return;
        var observation = new Observation(trial, _told++, _space, _directions);
        for (var group = 0; group < _evidence.Length; group++)
        {
            if (IsKnown(observation.Units, _space.Groups[group]))
                _evidence[group].Add(observation);
        }
    }

    public TrialParameters Ask(int number, IReadOnlyList<TrialParameters> running, RandomSource random)
    {
        if (_told < _options.StartupTrials)
            return _space.Draw(random);
        var beside = new double[running.Count][];
        for (var i = 0; i < beside.Length; i++)
            beside[i] = _space.ToUnit(running[i]);
        var isJoint = random.NextDouble() < _options.MultivariateShare;
        var values = new ParameterValue?[_space.Parameters.Count];
        for (var group = 0; group < _evidence.Length; group++)
        {
            var members = _space.Groups[group];
            if (!_space.IsActive(members[0], values))
                continue;
            var (good, others) = _evidence[group].Split(Array.FindAll(beside, units => IsKnown(units, members)));
            var units = new double[members.Length];
            if (isJoint)
                Suggest(members, good, others, random, units);
            for (var i = 0; i < members.Length; i++)
            {
                if (!isJoint)
                    Suggest(members.AsSpan(i, 1), good, others, random, units.AsSpan(i, 1));
                values[members[i]] = _space.Parameters[members[i]].FromUnit(units[i]);
            }
        }
        return _space.ToTrial(values);
    }

    private void Suggest(ReadOnlySpan<int> members, double[][] good, double[][] others, RandomSource random, Span<double> suggested)
    {
        var likely = Estimate(members, good);
        var unlikely = Estimate(members, others);
        var candidate = new double[members.Length];
        var highest = double.NegativeInfinity;
        for (var i = 0; i < _options.Candidates; i++)
        {
            likely.Draw(random, candidate);
            var ratio = likely.LogDensity(candidate) - unlikely.LogDensity(candidate);
            if (ratio <= highest)
                continue;
            highest = ratio;
            candidate.CopyTo(suggested);
        }
    }

    private ParzenEstimator Estimate(ReadOnlySpan<int> members, double[][] observations)
    {
        var dimensions = new IKernels[members.Length];
        for (var d = 0; d < members.Length; d++)
        {
            var parameter = _space.Parameters[members[d]];
            var places = new double[observations.Length + 1];
            for (var i = 0; i < observations.Length; i++)
                places[i] = observations[i][members[d]];
            places[^1] = 0.5;
            if (parameter.IsCategorical)
            {
                dimensions[d] = new CategoricalKernels(places.AsSpan(0, observations.Length), (int)parameter.Count!.Value, _options.PriorWeight);
                continue;
            }
            var deviations = members.Length > 1 ? Bandwidth.Joint(places.Length, members.Length) : Bandwidth.ByNeighbours(places);
            dimensions[d] = parameter.UnitStep > 0 ? new SteppedKernels(places, deviations, parameter.UnitStep) : new ContinuousKernels(places, deviations);
        }
        return new ParzenEstimator(dimensions, KernelWeights.Of(observations.Length, _options.PriorWeight));
    }

    private static bool IsKnown(double[] units, int[] members)
    {
        foreach (var member in members)
        {
            if (double.IsNaN(units[member]))
                return false;
        }
        return true;
    }
}
