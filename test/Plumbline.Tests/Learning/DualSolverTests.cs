using Plumbline.Learning;

namespace Plumbline.Tests.Learning;

public sealed class DualSolverTests
{
    public static TheoryData<string, int> LossesAndClasses => new()
    {
        { nameof(Loss.BinaryLogistic), 2 },
        { nameof(Loss.MultinomialLogistic), 2 },
        { nameof(Loss.MultinomialLogistic), 3 },
        { nameof(Loss.MultinomialLogistic), 5 },
        { nameof(Loss.MultinomialLogistic), 9 },
        { nameof(Loss.MultinomialLogistic), 17 },
        { nameof(Loss.SquaredHinge), 2 },
        { nameof(Loss.SquaredHinge), 3 },
        { nameof(Loss.SquaredHinge), 9 },
    };

    [Theory]
    [MemberData(nameof(LossesAndClasses))]
    public void Fit_AnyC_WithinAHundredthOfTheOptimum(string loss, int classes)
    {
        foreach (var c in new[] { 1e-3, 0.1, 1, 64 })
            ShouldBeOptimal(Enum.Parse<Loss>(loss), classes, Precise(c));
    }

    [Theory]
    [MemberData(nameof(LossesAndClasses))]
    public void Fit_ClassWeightsAndColumnPenalties_WithinAHundredthOfTheOptimum(string loss, int classes)
    {
        var weights = Enumerable.Range(0, classes).Select(k => 0.3f + (k % 4)).ToArray();
        var penalties = Enumerable.Range(0, 12).Select(column => column == 11 ? 1 : 0.05f + (column % 5 * 0.7f)).ToArray();
        ShouldBeOptimal(Enum.Parse<Loss>(loss), classes, Precise(2) with { ClassWeights = weights, ColumnPenalties = penalties });
    }

    [Theory]
    [MemberData(nameof(LossesAndClasses))]
    public void Fit_ElasticNet_WithinAHundredthOfTheOptimumAndSparse(string loss, int classes)
    {
        var penalties = Enumerable.Range(0, 12).Select(column => 0.2f + (column % 3)).ToArray();
        foreach (var ratio in new[] { 0.5, 0.9 })
        {
            ShouldBeOptimal(Enum.Parse<Loss>(loss), classes, Precise(1) with { L1Ratio = ratio });
            ShouldBeOptimal(Enum.Parse<Loss>(loss), classes, Precise(1) with { L1Ratio = ratio, ColumnPenalties = penalties });
        }
        var problem = SparseProblem.Generate(7, 60, 12, classes);
        Zeros(problem, Enum.Parse<Loss>(loss), Precise(0.05) with { L1Ratio = 0.9 })
            .ShouldBeGreaterThan(Zeros(problem, Enum.Parse<Loss>(loss), Precise(0.05)));
    }

    [Theory]
    [MemberData(nameof(LossesAndClasses))]
    public void Fit_DefaultTolerance_WithinAFewHundredthsOfTheOptimum(string loss, int classes) =>
        ShouldBeOptimal(Enum.Parse<Loss>(loss), classes, new DualSolverOptions(4), within: 0.03);

    [Theory]
    [MemberData(nameof(LossesAndClasses))]
    public void Fit_LongRows_WithinAHundredthOfTheOptimum(string loss, int classes) =>
        ShouldBeOptimal(SparseProblem.Generate(2, 60, 12, classes, size: 3), Enum.Parse<Loss>(loss), Precise(2), 0.01);

    [Theory]
    [InlineData(nameof(Loss.BinaryLogistic), 2)]
    [InlineData(nameof(Loss.MultinomialLogistic), 3)]
    [InlineData(nameof(Loss.SquaredHinge), 3)]
    public void Fit_RowsOfOneClass_FiniteAndOptimal(string loss, int classes)
    {
        var problem = SparseProblem.Generate(3, 40, 8, classes, oneClass: true);
        ShouldBeOptimal(problem, Enum.Parse<Loss>(loss), Precise(1), 0.01);
    }

    [Theory]
    [InlineData(nameof(Loss.BinaryLogistic), 2)]
    [InlineData(nameof(Loss.MultinomialLogistic), 5)]
    [InlineData(nameof(Loss.SquaredHinge), 5)]
    public void Fit_SameSeed_SameBits(string loss, int classes)
    {
        var problem = SparseProblem.Generate(5, 80, 12, classes);
        var options = new DualSolverOptions(2);
        Fit(problem, Enum.Parse<Loss>(loss), options).Weights.ShouldBe(Fit(problem, Enum.Parse<Loss>(loss), options).Weights);
    }

    [Theory]
    [InlineData(nameof(Loss.BinaryLogistic), 2, 0.0)]
    [InlineData(nameof(Loss.MultinomialLogistic), 5, 0.0)]
    [InlineData(nameof(Loss.SquaredHinge), 5, 0.0)]
    [InlineData(nameof(Loss.MultinomialLogistic), 5, 0.5)]
    public void Fit_AgainWithOtherC_SameOptimumAsFromTheStart(string loss, int classes, double ratio)
    {
        var kind = Enum.Parse<Loss>(loss);
        var problem = SparseProblem.Generate(6, 80, 12, classes);
        using var solver = problem.Solver(kind);
        foreach (var c in new[] { 1, 4, 16, 0.5 })
        {
            var options = Precise(c) with { L1Ratio = ratio };
            solver.Fit(options, null, TestContext.Current.CancellationToken);
            problem.Objective(solver.Model(options), kind, options).ShouldBe(problem.Objective(Fit(problem, kind, options), kind, options), 1e-3 * c * 80);
        }
    }

    [Fact]
    public void Fit_AfterEpochSaysNo_Stops()
    {
        using var solver = SparseProblem.Generate(5, 80, 12, 3).Solver(Loss.MultinomialLogistic);
        var epochs = new List<int>();
        solver.Fit(Precise(1), (epoch, _) => { epochs.Add(epoch); return epoch < 3; }, TestContext.Current.CancellationToken);
        epochs.ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void Fit_Cancelled_Throws()
    {
        using var solver = SparseProblem.Generate(5, 80, 12, 3).Solver(Loss.MultinomialLogistic);
        Should.Throw<OperationCanceledException>(() => solver.Fit(Precise(1), null, new CancellationToken(canceled: true)));
    }

    private static DualSolverOptions Precise(double c) => new(c, Tolerance: 1e-4, MaxEpochs: 1000);

    private static void ShouldBeOptimal(Loss loss, int classes, DualSolverOptions options, double within = 0.01)
    {
        for (var seed = 1UL; seed <= 2; seed++)
            ShouldBeOptimal(SparseProblem.Generate(seed, 60, 12, classes), loss, options, within);
    }

    private static void ShouldBeOptimal(SparseProblem problem, Loss loss, DualSolverOptions options, double within)
    {
        var optimum = problem.Optimum(loss, options);
        var reached = problem.Objective(Fit(problem, loss, options), loss, options);
        reached.ShouldBeInRange(optimum * (1 - 1e-3), optimum * (1 + within), $"{loss}, {problem.Matrix.Classes} classes, {options}");
    }

    private static LinearModel Fit(SparseProblem problem, Loss loss, DualSolverOptions options)
    {
        using var solver = problem.Solver(loss);
        solver.Fit(options, null, TestContext.Current.CancellationToken);
        return solver.Model(options);
    }

    private static int Zeros(SparseProblem problem, Loss loss, DualSolverOptions options)
    {
        var model = Fit(problem, loss, options);
        return Enumerable.Range(0, model.Columns).Sum(column => model.Row(column)[..model.Outputs].Count(0f));
    }
}
