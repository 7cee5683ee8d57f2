using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Families;

/// <summary>Linear support vector machine over n-grams scaled by naive-Bayes log-count ratios (Wang &amp; Manning 2012).</summary>
internal sealed class NbSvmFamily : IModelFamily
{
    public string Name => "nb_svm";

    public int Complexity => 3;

    public int MostSteps => LinearFit.Parts;

    public TrialParameters Default => new([new(LinearFit.C, 0.5), LinearFit.NoSvd]);

    public SearchSpace Space(TrainingShape shape) => new([.. LinearFit.Space(shape)]);

    public long Memory(TrainingShape shape) => LinearFit.Memory(shape);

    public IFittedModel? Fit(FitRequest request) => LinearFit.Fit(request, Name, rows => SvmFamily.Solver(rows, request.Seed), nbWeighting: true);
}
