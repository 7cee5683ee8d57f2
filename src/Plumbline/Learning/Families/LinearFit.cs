using Plumbline.Features;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Families;

/// <summary>What the linear families that are fitted by dual coordinate ascent have in common.</summary>
internal static class LinearFit
{
    /// <summary>Steps of a fit are parts of the rows: 1, 3, and all 9.</summary>
    public const int Parts = 9;

    // Candidates are told apart well before they have converged.
    private const double SampleTolerance = 0.03;

    public const string C = "c";
    public const string ClassWeights = "class_weights";
    public const string NbWeighting = "nb_weighting";
    public const string L1Ratio = "l1_ratio";
    public const string Svd = "svd";
    public const string SvdWeight = "svd_weight";

    private const int SvdStep = 50;

    /// <summary>Without components; for the defaults of families.</summary>
    public static readonly KeyValuePair<string, ParameterValue> NoSvd = new(Svd, 0);

    /// <summary>The inverse strength of the penalty, class weights where they can matter, and components where they are asked for.</summary>
    public static IEnumerable<Parameter> Space(TrainingShape shape) => [new FloatParameter(C, 0.01, 300, Log: true), .. ClassWeightSpace(shape), .. shape.Svd ? SvdSpace() : []];

    /// <summary>Class weights where they can matter.</summary>
    public static IEnumerable<Parameter> ClassWeightSpace(TrainingShape shape) =>
        shape.IsUneven ? [new CategoricalParameter(ClassWeights, [.. Enum.GetValues<ClassWeighting>().Select(Name)])] : [];

    private static Parameter[] SvdSpace()
    {
        ParameterValue[] ranks = [.. Enumerable.Range(1, SharedFits.MostComponents / SvdStep).Select(step => (ParameterValue)(step * SvdStep))];
        return
        [
            new IntParameter(Svd, 0, SharedFits.MostComponents, Step: SvdStep),
            new FloatParameter(SvdWeight, 0.01, 0.3, Log: true) { When = new Condition(Svd, ranks) },
        ];
    }

    public static TrialParameters Parameters(double c, bool nbWeighting, ClassWeighting weighting, double l1Ratio) => new(
        [new(C, c), new(NbWeighting, nbWeighting), new(ClassWeights, Name(weighting)), .. l1Ratio > 0 ? [new(L1Ratio, l1Ratio)] : Array.Empty<KeyValuePair<string, ParameterValue>>()]);

    public static bool NbWeightingOf(TrialParameters parameters) => parameters.TryGet(NbWeighting, out var weighting) && weighting.AsBoolean();

    public static ClassWeighting ClassWeightingOf(TrialParameters parameters) =>
        parameters.TryGet(ClassWeights, out var named) ? Enum.Parse<ClassWeighting>(named.AsString(), ignoreCase: true) : ClassWeighting.Natural;

    /// <summary>Weighted classes and margins have no natural prior.</summary>
    public static bool LosesPrior(string family, ClassWeighting weighting) => weighting != ClassWeighting.Natural || family != LogisticFamily.FamilyName;

    /// <summary>Weights as they are fitted and as a model, two duals of a row (of all rows, and of the part before), scores.</summary>
    public static long Memory(TrainingShape shape) =>
        (2L * shape.Columns * DualSolver<MultinomialLogisticLoss>.LanesFor(shape.Classes) * sizeof(float)) + (4 * shape.ScoreBytes) + ((long)shape.Columns * sizeof(float))
        + (shape.Svd ? SharedFits.DecompositionBytes(shape) : 0);

    public static IFittedModel? Fit(FitRequest request, string family, Func<FeatureMatrix, IDualSolver> open, bool nbWeighting)
    {
        var parameters = request.Parameters;
        var weighting = ClassWeightingOf(parameters);
        var projected = parameters.TryGet(Svd, out var rank) && rank.AsInt64() > 0 ? request.Shared.Projected((int)rank.AsInt64()) : null;
        var options = new DualSolverOptions(
            parameters[C].AsDouble(), parameters.TryGet(L1Ratio, out var ratio) ? ratio.AsDouble() : 0, Learning.ClassWeights.Of(weighting, request.Train.Labels(), request.Train.Classes),
            Penalties(request, nbWeighting, projected));
        if (request.Steps is { } steps)
            options = options with { MaxEpochs = steps };
        if (request.Intermediate is not null && !IsWorthFitting(request, projected, open, options))
            return null;
        using var solver = open(projected?.Matrix ?? request.Train);
        var epochs = 0;
        solver.Fit(options, (epoch, _) => (epochs = epoch) > 0, request.Cancellation);
        var model = Model(solver, options, projected);
        return request.Continue(Parts, () => LinearScores.Of(model, request.Valid!, request.Threads)) ? new FittedLinear(model, family, epochs, LosesPrior(family, weighting)) : null;
    }

    /// <summary>
    /// Fits a ninth, then a third of the rows: what is behind there is behind on all of them. Epochs would not tell, as a large C is behind in the first and ahead in the last.
    /// </summary>
    private static bool IsWorthFitting(FitRequest request, ProjectedRows? projected, Func<FeatureMatrix, IDualSolver> open, DualSolverOptions options)
    {
        for (var step = 1; step < Parts; step *= 3)
        {
            var share = (double)step / Parts;
            var sample = projected?.Sample(share) ?? request.Shared.Sample(share);
            using var solver = open(sample);
            // The same weight of a row against the penalty as among all rows.
            var scaled = options with { C = options.C * request.Train.Rows / sample.Rows, Tolerance = SampleTolerance };
            solver.Fit(scaled, null, request.Cancellation);
            if (!request.Continue(step, () => LinearScores.Of(Model(solver, scaled, projected), request.Valid!, request.Threads)))
                return false;
        }
        return true;
    }

    private static LinearModel Model(IDualSolver solver, DualSolverOptions options, ProjectedRows? projected)
    {
        var model = solver.Model(options);
        return projected?.Fold(model) ?? model;
    }

    /// <summary>Squared scales of the columns; null for 1.</summary>
    private static float[]? Penalties(FitRequest request, bool nbWeighting, ProjectedRows? projected)
    {
        var penalties = nbWeighting ? request.Shared.NbPenalties : null;
        if (projected is null)
            return penalties;
        var weight = (float)request.Parameters[SvdWeight].AsDouble();
        return [.. penalties ?? [.. Enumerable.Repeat(1f, request.Train.Columns)], .. Enumerable.Repeat(weight * weight, projected.Rank)];
    }

    public static ParameterValue Name(ClassWeighting weighting) => weighting.ToString().ToLowerInvariant();
}
