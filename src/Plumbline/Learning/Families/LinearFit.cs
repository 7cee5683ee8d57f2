using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Families;

/// <summary>What the linear families that are fitted by dual coordinate ascent have in common.</summary>
internal static class LinearFit
{
    /// <summary>A large C is far behind at first and ahead in the end.</summary>
    public const int LeastEpochs = 2;

    public const string C = "c";
    public const string ClassWeights = "class_weights";
    public const string NbWeighting = "nb_weighting";
    public const string L1Ratio = "l1_ratio";

    /// <summary>The inverse strength of the penalty, and class weights where they can matter.</summary>
    public static IEnumerable<Parameter> Space(TrainingShape shape) => ClassWeightSpace(shape).Prepend(new FloatParameter(C, 0.01, 300, Log: true));

    /// <summary>Class weights where they can matter.</summary>
    public static IEnumerable<Parameter> ClassWeightSpace(TrainingShape shape) =>
        shape.IsUneven ? [new CategoricalParameter(ClassWeights, [.. Enum.GetValues<ClassWeighting>().Select(Name)])] : [];

    public static TrialParameters Parameters(double c, bool nbWeighting, ClassWeighting weighting, double l1Ratio) => new(
        [new(C, c), new(NbWeighting, nbWeighting), new(ClassWeights, Name(weighting)), .. l1Ratio > 0 ? [new(L1Ratio, l1Ratio)] : Array.Empty<KeyValuePair<string, ParameterValue>>()]);

    public static bool NbWeightingOf(TrialParameters parameters) => parameters.TryGet(NbWeighting, out var weighting) && weighting.AsBoolean();

    public static ClassWeighting ClassWeightingOf(TrialParameters parameters) =>
        parameters.TryGet(ClassWeights, out var named) ? Enum.Parse<ClassWeighting>(named.AsString(), ignoreCase: true) : ClassWeighting.Natural;

    /// <summary>Weighted classes and margins have no natural prior.</summary>
    public static bool LosesPrior(string family, ClassWeighting weighting) => weighting != ClassWeighting.Natural || family != LogisticFamily.FamilyName;

    public static IFittedModel? Fit(FitRequest request, string family, Func<IDualSolver> open, bool nbWeighting)
    {
        var parameters = request.Parameters;
        var weighting = ClassWeightingOf(parameters);
        var options = new DualSolverOptions(
            parameters[C].AsDouble(), parameters.TryGet(L1Ratio, out var ratio) ? ratio.AsDouble() : 0, Learning.ClassWeights.Of(weighting, request.Train.Labels(), request.Train.Classes),
            nbWeighting ? request.Shared.NbPenalties : null);
        if (request.Steps is { } steps)
            options = options with { MaxEpochs = steps };
        using var solver = open();
        var (epochs, pruned) = (0, false);
        solver.Fit(options, AfterEpoch, request.Cancellation);
        return pruned ? null : new FittedLinear(solver.Model(options), family, epochs, LosesPrior(family, weighting));

        bool AfterEpoch(int epoch, double violation)
        {
            epochs = epoch;
            pruned = !request.Continue(epoch, () => LinearScores.Of(solver.Model(options), request.Valid!, request.Threads));
            return !pruned;
        }
    }

    public static ParameterValue Name(ClassWeighting weighting) => weighting.ToString().ToLowerInvariant();
}
