using Plumbline.Features;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Families;

/// <summary>Linear support vector machine with squared hinge loss, one class against the rest.</summary>
internal sealed class SvmFamily : IModelFamily
{
    public string Name => "svm";

    public int Complexity => 3;

    public int MostSteps => LinearFit.Parts;

    public TrialParameters Default => new([new(LinearFit.C, 0.5), LinearFit.NoSvd]);

    public SearchSpace Space(TrainingShape shape) => new([.. LinearFit.Space(shape)]);

    public long Memory(TrainingShape shape) => LinearFit.Memory(shape);

    public IFittedModel? Fit(FitRequest request) => LinearFit.Fit(request, Name, rows => Solver(rows, request.Seed), LinearFit.NbWeightingOf(request.Parameters));

    public static IDualSolver Solver(FeatureMatrix rows, ulong seed) => new DualSolver<SquaredHingeLoss>(rows, rows.Classes == 2 ? 1 : rows.Classes, seed);
}
