using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Families;

/// <summary>What the linear families that are fitted by dual coordinate ascent have in common.</summary>
internal static class LinearFit
{
    public const string C = "c";
    public const string ClassWeights = "class_weights";

    /// <summary>The inverse strength of the penalty, and class weights where they can matter.</summary>
    public static IEnumerable<Parameter> Space(TrainingShape shape)
    {
        yield return new FloatParameter(C, 0.01, 300, Log: true);
        if (shape.IsUneven)
            yield return new CategoricalParameter(ClassWeights, [.. Enum.GetValues<ClassWeighting>().Select(Name)]);
    }

    public static IFittedModel? Fit(FitRequest request, string family, Func<IDualSolver> open, float[]? penalties)
    {
        var weighting = request.Parameters.TryGet(ClassWeights, out var named) ? Enum.Parse<ClassWeighting>(named.AsString(), ignoreCase: true) : ClassWeighting.Natural;
        var labels = request.Train.Labels();
        var options = new DualSolverOptions(request.Parameters[C].AsDouble(), 0, Learning.ClassWeights.Of(weighting, labels, request.Train.Classes), penalties);
        if (request.Steps is { } steps)
            options = options with { MaxEpochs = steps };
        using var solver = open();
        var (epochs, pruned) = (0, false);
        solver.Fit(options, AfterEpoch, request.Cancellation);
        return pruned ? null : new FittedLinear(solver.Model(options), family, epochs, weighting != ClassWeighting.Natural || family != LogisticFamily.FamilyName);

        bool AfterEpoch(int epoch, double violation)
        {
            epochs = epoch;
            pruned = !request.Continue(epoch, () => LinearScores.Of(solver.Model(options), request.Valid!, request.Threads));
            return !pruned;
        }
    }

    private static ParameterValue Name(ClassWeighting weighting) => weighting.ToString().ToLowerInvariant();
}
