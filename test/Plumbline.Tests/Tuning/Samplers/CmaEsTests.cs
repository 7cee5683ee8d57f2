using Plumbline.Statistics;
using Plumbline.Tuning;
using Plumbline.Tuning.Samplers;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tests.Tuning.Samplers;

public sealed class CmaEsTests
{
    [Fact]
    public void Ask_Rosenbrock_ReachesTheMinimum()
    {
        var space = new SearchSpace([.. Enumerable.Range(0, 5).Select(i => new FloatParameter($"x{i}", -5, 5))]);
        Best(space, 3000, p => Enumerable.Range(0, 4).Sum(i => (100 * Math.Pow(p[$"x{i + 1}"].AsDouble() - Math.Pow(p[$"x{i}"].AsDouble(), 2), 2)) + Math.Pow(1 - p[$"x{i}"].AsDouble(), 2)))
            .ShouldBeLessThan(1e-8);
    }

    [Fact]
    public void Ask_MinimumAtTheBorder_ReachesIt()
    {
        var space = new SearchSpace([new FloatParameter("x", 1, 3), new FloatParameter("y", 1e-4, 1, Log: true)]);
        Best(space, 600, p => p["x"].AsDouble() + p["y"].AsDouble()).ShouldBe(1.0001, 1e-6);
    }

    [Fact]
    public void Ask_GridsAndCategories_FindsTheBest()
    {
        var space = new SearchSpace([
            new IntParameter("n", 1, 50), new FloatParameter("x", -3, 3), new CategoricalParameter("k", ["a", "b", "c"]), new FloatParameter("z", 0, 1) { When = new("k", ["b"]) },
        ]);
        Best(space, 400, p => (Math.Pow(p["n"].AsInt64() - 17, 2) / 100) + Math.Pow(p["x"].AsDouble() - 0.7, 2) + (p["k"].AsString() == "b" ? Math.Pow(p["z"].AsDouble() - 0.5, 2) : 1))
            .ShouldBeLessThan(1e-3);
    }

    [Fact]
    public void Ask_ManyLocalMinima_RestartsWithMore()
    {
        var space = new SearchSpace([new FloatParameter("x", -5.12, 5.12), new FloatParameter("y", -5.12, 5.12)]);
        Best(space, 4000, p => p.Values.Sum(pair => Math.Pow(pair.Value.AsDouble(), 2) - (10 * Math.Cos(2 * Math.PI * pair.Value.AsDouble())) + 10)).ShouldBeLessThan(1e-6);
    }

    [Fact]
    public void Begin_WhatItCannotDo_IsRefused()
    {
        var space = new SearchSpace([new FloatParameter("x", 0, 1)]);
        Should.Throw<ArgumentException>(() => new CmaEsSampler().Begin(space, [StudyDirection.Minimize, StudyDirection.Minimize])).Message.ShouldContain("one objective, not 2");
        Should.Throw<ArgumentException>(() => new CmaEsSampler { Population = 3 }.Begin(space, [StudyDirection.Minimize])).Message.ShouldBe("population: 3 is below 4.");
    }

    [Fact]
    public void Decompose_SymmetricMatrix_GivesItBack()
    {
        var random = new RandomSource(1);
        const int Size = 8;
        var matrix = new double[Size, Size];
        for (var i = 0; i < Size; i++)
        {
            for (var j = 0; j <= i; j++)
                matrix[i, j] = matrix[j, i] = random.NextGaussian();
        }
        var (values, vectors) = SymmetricEigen.Decompose(matrix);
        for (var i = 0; i < Size; i++)
        {
            for (var j = 0; j < Size; j++)
            {
                Enumerable.Range(0, Size).Sum(k => vectors[i, k] * values[k] * vectors[j, k]).ShouldBe(matrix[i, j], 1e-12);
                Enumerable.Range(0, Size).Sum(k => vectors[k, i] * vectors[k, j]).ShouldBe(i == j ? 1 : 0, 1e-12);
            }
        }
    }

    private static double Best(SearchSpace space, int trials, Func<TrialParameters, double> value)
    {
        var suggester = new CmaEsSampler().Begin(space, [StudyDirection.Minimize]);
        var best = double.PositiveInfinity;
        for (var number = 0; number < trials; number++)
        {
            var parameters = suggester.Ask(number, [], RandomSource.Fork(4, (ulong)number))!;
            var loss = value(parameters);
            best = Math.Min(best, loss);
            suggester.Tell(new Trial(number, TrialState.Complete, parameters, [loss], []));
        }
        return best;
    }
}
