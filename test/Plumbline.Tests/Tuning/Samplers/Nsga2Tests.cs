using Plumbline.Statistics;
using Plumbline.Tuning;
using Plumbline.Tuning.Samplers;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tests.Tuning.Samplers;

public sealed class Nsga2Tests
{
    [Fact]
    public void Ask_Zdt1_ComesNearTheFrontAndCoversIt()
    {
        var space = new SearchSpace([.. Enumerable.Range(0, 10).Select(i => new FloatParameter($"x{i}", 0, 1))]);
        var told = Told(new Nsga2Sampler(), space, 5000, p =>
        {
            var g = 1 + (9 * Enumerable.Range(1, 9).Average(i => p[$"x{i}"].AsDouble()));
            return [p["x0"].AsDouble(), -g * (1 - Math.Sqrt(p["x0"].AsDouble() / g))];
        });
        var last = told.TakeLast(100).Select(trial => trial.Values).ToArray();
        // The front is f₂ = 1 − √f₁; the second objective is maximised here.
        last.Average(values => -values[1] - (1 - Math.Sqrt(values[0]))).ShouldBeLessThan(0.05);
        for (var share = 0.1; share < 1; share += 0.1)
            last.ShouldContain(values => Math.Abs(values[0] - share) < 0.1);
    }

    [Fact]
    public void Ask_MixedAndConditional_FindsTheBest()
    {
        var space = new SearchSpace([
            new CategoricalParameter("k", ["a", "b", "c"]), new IntParameter("n", 1, 50) { When = new("k", ["b", "c"]) }, new FloatParameter("x", -3, 3, Step: 0.1),
        ]);
        Told(new Nsga2Sampler { Population = 20 }, space, 800, p =>
        [
            (p["k"].AsString() switch { "b" => 0, _ => 1 }) + (p.TryGet("n", out var n) ? Math.Pow(n.AsInt64() - 17, 2) / 100 : 0) + Math.Pow(p["x"].AsDouble() - 0.7, 2),
        ]).Min(trial => trial.Values[0]).ShouldBeLessThan(0.02);
    }

    private static List<Trial> Told(Sampler sampler, SearchSpace space, int trials, Func<TrialParameters, double[]> values)
    {
        StudyDirection[] directions = [StudyDirection.Minimize, StudyDirection.Maximize];
        var told = new List<Trial>();
        ISuggester? suggester = null;
        while (told.Count < trials)
        {
            var random = RandomSource.Fork(9, (ulong)told.Count);
            var parameters = suggester?.Ask(told.Count, [], random) ?? space.Draw(random);
            var trial = new Trial(told.Count, TrialState.Complete, parameters, values(parameters), []);
            suggester ??= sampler.Begin(space, directions[..trial.Values.Count]);
            suggester.Tell(trial);
            told.Add(trial);
        }
        return told;
    }
}
