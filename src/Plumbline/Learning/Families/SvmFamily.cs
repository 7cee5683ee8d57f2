using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Families;

/// <summary>Linear support vector machine with squared hinge loss, one class against the rest.</summary>
internal sealed class SvmFamily : IModelFamily
{
    public string Name => "svm";

    public int Complexity => 3;

    public int MostSteps => DualSolverOptions.DefaultMaxEpochs;

    public int LeastSteps => LinearFit.LeastEpochs;

    public TrialParameters Default => new([new(LinearFit.C, 0.5)]);

    public SearchSpace Space(TrainingShape shape) => new([.. LinearFit.Space(shape)]);

    public IFittedModel? Fit(FitRequest request) => LinearFit.Fit(request, Name, () => Solver(request), LinearFit.NbWeightingOf(request.Parameters));

    public static IDualSolver Solver(FitRequest request) =>
        new DualSolver<SquaredHingeLoss>(request.Train, request.Train.Classes == 2 ? 1 : request.Train.Classes, request.Seed);
}
