using Plumbline.Statistics;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tuning.Samplers;

internal sealed class Nsga2Suggester(Nsga2Sampler options, SearchSpace space, IReadOnlyList<StudyDirection> directions) : ISuggester
{
    private readonly double _mutation = options.MutationProbability ?? 1.0 / Math.Max(space.Parameters.Count, 1);
    private readonly List<Observation> _children = [];
    private Observation[] _parents = [];
    private int _told;

    public void Tell(Trial trial)
    {
        _children.Add(new Observation(trial, _told++, space, directions));
        if (_children.Count < options.Population)
            return;
        _parents = [.. ParetoOrder.Of([.. _parents, .. _children]).Take(options.Population)];
        _children.Clear();
    }

    public TrialParameters Ask(int number, IReadOnlyList<TrialParameters> running, RandomSource random)
    {
        if (_parents.Length == 0)
            return space.Draw(random);
        var (first, second) = (Tournament(random).Units, Tournament(random).Units);
        if (random.NextDouble() >= options.CrossoverProbability)
            second = first;
        return space.Build(i =>
        {
            var parameter = space.Parameters[i];
            // A parameter that one parent does not have comes from the other.
            var (a, b) = (double.IsNaN(first[i]) ? second[i] : first[i], double.IsNaN(second[i]) ? first[i] : second[i]);
            if (double.IsNaN(a))
                return parameter.FromUnit(random.NextDouble());
            var unit = parameter.IsCategorical ? (random.NextDouble() < 0.5 ? a : b) : Cross(a, b, random);
            if (random.NextDouble() < _mutation)
                unit = parameter.IsCategorical ? random.NextDouble() : Mutate(unit, random);
            return parameter.FromUnit(unit);
        });
    }

    /// <summary>The better of two parents; they stand by front and crowding.</summary>
    private Observation Tournament(RandomSource random) => _parents[Math.Min(random.NextInt32(_parents.Length), random.NextInt32(_parents.Length))];

    /// <summary>One of the two children of simulated binary crossover that stay within [0, 1]; half of the parameters are kept as one parent has them.</summary>
    private double Cross(double a, double b, RandomSource random)
    {
        if (random.NextDouble() < 0.5)
            (a, b) = (b, a);
        if (random.NextDouble() < 0.5 || Math.Abs(a - b) < 1e-14)
            return a;
        var (low, high) = (Math.Min(a, b), Math.Max(a, b));
        var edge = a < b ? low : 1 - high;
        var beta = 1 + (2 * edge / (high - low));
        var alpha = 2 - Math.Pow(beta, -(options.DistributionIndex + 1));
        var u = random.NextDouble();
        var spread = Math.Pow(u <= 1 / alpha ? u * alpha : 1 / (2 - (u * alpha)), 1 / (options.DistributionIndex + 1));
        return Math.Clamp(0.5 * (low + high + ((a < b ? -spread : spread) * (high - low))), 0, 1);
    }

    private double Mutate(double x, RandomSource random)
    {
        var u = random.NextDouble();
        var power = options.DistributionIndex + 1;
        var change = u < 0.5
            ? Math.Pow((2 * u) + ((1 - (2 * u)) * Math.Pow(1 - x, power)), 1 / power) - 1
            : 1 - Math.Pow((2 * (1 - u)) + ((2 * u) - 1) * Math.Pow(x, power), 1 / power);
        return Math.Clamp(x + change, 0, 1);
    }
}
