using Plumbline.Statistics;

namespace Plumbline.Tuning.Samplers;

/// <summary>An observation's choice counts one, every choice a share of the prior; the prior's own kernel is uniform.</summary>
internal sealed class CategoricalKernels : IKernels
{
    private readonly int[] _observed;
    private readonly int _choices;
    private readonly double _own, _other;

    /// <param name="places">Of the observations, in [0, 1].</param>
    /// <param name="priorWeight">How much the prior counts, an observation being 1.</param>
    public CategoricalKernels(ReadOnlySpan<double> places, int choices, double priorWeight)
    {
        _choices = choices;
        _observed = new int[places.Length];
        for (var i = 0; i < places.Length; i++)
            _observed[i] = ChoiceAt(places[i]);
        var share = priorWeight / (places.Length + 1);
        _own = (1 + share) / (1 + (choices * share));
        _other = share / (1 + (choices * share));
    }

    public void AddLogDensities(double x, Span<double> logDensities)
    {
        var choice = ChoiceAt(x);
        var (own, other) = (Math.Log(_own), Math.Log(_other));
        for (var i = 0; i < _observed.Length; i++)
            logDensities[i] += _observed[i] == choice ? own : other;
        logDensities[^1] -= Math.Log(_choices);
    }

    public double Draw(int kernel, RandomSource random)
    {
        var choice = random.NextInt32(_choices);
        // With probability own − other the observation's own choice, else any.
        if (kernel < _observed.Length && random.NextDouble() < _own - _other)
            choice = _observed[kernel];
        return (choice + 0.5) / _choices;
    }

    private int ChoiceAt(double x) => (int)Math.Min(x * _choices, _choices - 1);
}
