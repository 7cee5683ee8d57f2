using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Families;

/// <summary>Multinomial logistic regression, its n-grams scaled by naive-Bayes log-count ratios or not.</summary>
internal sealed class LogisticFamily : IModelFamily
{
    public const string FamilyName = "logistic";

    public string Name => FamilyName;

    public int Complexity => 2;

    public int MostSteps => LinearFit.Parts;

    public TrialParameters Default => new([new(LinearFit.C, 4.0), LinearFit.NoSvd, new(LinearFit.NbWeighting, false)]);

    public SearchSpace Space(TrainingShape shape) => new([.. LinearFit.Space(shape), new CategoricalParameter(LinearFit.NbWeighting, [false, true])]);

    public long Memory(TrainingShape shape) => LinearFit.Memory(shape);

    public IFittedModel? Fit(FitRequest request) => LinearFit.Fit(
        request, Name,
        rows => rows.Classes == 2
            ? new DualSolver<BinaryLogisticLoss>(rows, 1, request.Seed)
            : new DualSolver<MultinomialLogisticLoss>(rows, rows.Classes, request.Seed),
        LinearFit.NbWeightingOf(request.Parameters));
}
