using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Families;

/// <summary>Multinomial naive Bayes over the TF-IDF values of n-grams (McCallum &amp; Nigam 1998; Rennie et al. 2003).</summary>
internal sealed class MultinomialNbFamily : IModelFamily
{
    private const string FitPrior = "fit_prior";

    public string Name => "multinomial_nb";

    public int Complexity => 1;

    public TrialParameters Default => new([new(NaiveBayesFit.Alpha, 0.1), new(FitPrior, true)]);

    public SearchSpace Space(TrainingShape shape) => new([NaiveBayesFit.Smoothing, new CategoricalParameter(FitPrior, [true, false])]);

    public long Memory(TrainingShape shape) => NaiveBayesFit.Memory(shape);

    public IFittedModel? Fit(FitRequest request)
    {
        request.Cancellation.ThrowIfCancellationRequested();
        var sums = request.Shared.NgramSums;
        var (alpha, classes) = (request.Parameters[NaiveBayesFit.Alpha].AsDouble(), request.Train.Classes);
        var logTotals = Array.ConvertAll(sums.Totals, total => Math.Log(total + (alpha * request.Ngrams)));
        var fitPrior = request.Parameters[FitPrior].AsBoolean();
        return NaiveBayesFit.Model(
            request, Name,
            (ngram, k) => Math.Log(sums.Values[((long)ngram * classes) + k] + alpha) - logTotals[k],
            // One row more a class, so that one without any has a logarithm.
            k => fitPrior ? Math.Log((sums.Rows[k] + 1.0) / (request.Train.Rows + classes)) : 0);
    }
}
