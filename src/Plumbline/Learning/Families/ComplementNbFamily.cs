using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Families;

/// <summary>Complement naive Bayes (Rennie, Shih, Teevan &amp; Karger 2003): a class is what the rows of all others are not, which is surer where it has few rows.</summary>
internal sealed class ComplementNbFamily : IModelFamily
{
    private const string Normalise = "normalise";

    public string Name => "complement_nb";

    public int Complexity => 1;

    public TrialParameters Default => new([new(NaiveBayesFit.Alpha, 1.0), new(Normalise, false)]);

    public SearchSpace Space(TrainingShape shape) => new([NaiveBayesFit.Smoothing, new CategoricalParameter(Normalise, [true, false])]);

    public long Memory(TrainingShape shape) => NaiveBayesFit.Memory(shape);

    public IFittedModel? Fit(FitRequest request)
    {
        request.Cancellation.ThrowIfCancellationRequested();
        var sums = request.Shared.NgramSums;
        var (alpha, classes) = (request.Parameters[NaiveBayesFit.Alpha].AsDouble(), request.Train.Classes);
        var all = new double[request.Ngrams];
        for (var ngram = 0; ngram < all.Length; ngram++)
            all[ngram] = Sum(sums.Values.AsSpan(ngram * classes, classes));
        var total = Sum(sums.Totals);
        var logTotals = Array.ConvertAll(sums.Totals, own => Math.Log(total - own + (alpha * request.Ngrams)));
        var factors = new double[classes];
        Array.Fill(factors, 1);
        if (request.Parameters[Normalise].AsBoolean())
            Equalise(factors);
        return NaiveBayesFit.Model(request, Name, (ngram, k) => factors[k] * Weight(ngram, k), _ => 0);

        // A difference of sums may fall below 0 by rounding.
        double Weight(int ngram, int k) => logTotals[k] - Math.Log(Math.Max(0, all[ngram] - sums.Values[((long)ngram * classes) + k]) + alpha);

        // Rennie et al. divide each class's weights by their sum of magnitudes; times its mean over classes, scores keep the size of log-probabilities, which
        // calibration reckons with.
        void Equalise(double[] lengths)
        {
            for (var k = 0; k < classes; k++)
            {
                lengths[k] = 0;
                for (var ngram = 0; ngram < all.Length; ngram++)
                    lengths[k] += Math.Abs(Weight(ngram, k));
            }
            var mean = lengths.Average();
            for (var k = 0; k < classes; k++)
                lengths[k] = lengths[k] > 0 ? mean / lengths[k] : 1;
        }
    }

    private static double Sum(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (var value in values)
            sum += value;
        return sum;
    }
}
