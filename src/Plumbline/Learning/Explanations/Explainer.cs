using System.Text;
using Plumbline.Learning.Models;

namespace Plumbline.Learning.Explanations;

/// <summary>
/// Says which words and features moved a prediction: exactly where the model's scores are sums over features (weight × value), else by occlusion (Zeiler &amp;
/// Fergus 2014), leaving out one word or feature at a time. Thread-safe.
/// </summary>
internal sealed class Explainer(Classifier classifier)
{
    /// <summary>Contributions that may be asked for.</summary>
    public const int Most = 50;

    /// <summary>Of longer texts, so many runs of neighbouring words are left out in turn.</summary>
    private const int MostOcclusions = 256;

    /// <param name="text">UTF-8.</param>
    /// <param name="inputs">As for <see cref="Classifier.Predict"/>.</param>
    /// <param name="label">Index of the label to explain; null for the one that is answered.</param>
    /// <param name="most">Contributions to list, 1 or more.</param>
    public Explanation Explain(ReadOnlySpan<byte> text, ReadOnlySpan<float> inputs, int? label, int most)
    {
        var record = new ExplainedRecord(classifier, text, inputs);
        var explained = label ?? Answered(record.Scores);
        var contributions = new List<Contribution>();
        if (classifier.Scorer is IAdditiveScorer additive)
            Sum(additive, record, text, explained, contributions);
        else
            Occlude(record, text, explained, contributions);
        var listed = contributions.Where(contribution => contribution.LogOdds != 0).OrderByDescending(contribution => Math.Abs(contribution.LogOdds)).Take(most).ToArray();
        var logOdds = LogOdds([.. record.Scores], explained);
        GC.KeepAlive(classifier);
        return new Explanation(explained, logOdds, classifier.Scorer is IAdditiveScorer, listed, logOdds - listed.Sum(contribution => contribution.LogOdds));
    }

    /// <summary>Of calibrated scores: that of the label less the mean of the others.</summary>
    public double LogOdds(ReadOnlySpan<float> scores, int label)
    {
        var calibration = classifier.Calibration;
        double own = 0, others = 0;
        for (var k = 0; k < scores.Length; k++)
        {
            var score = (scores[k] + calibration.Biases[k]) / calibration.Temperature;
            own += k == label ? score : 0;
            others += k == label ? 0 : score;
        }
        return own - (others / (scores.Length - 1));
    }

    /// <summary>Index of the label that these scores are answered with.</summary>
    public int Answered(IEnumerable<float> scores)
    {
        float[] probabilities = [.. scores];
        classifier.Calibration.Apply(probabilities);
        return classifier.Decision.Choose(probabilities);
    }

    /// <summary>What each n-gram of the buffer, each numeric feature, and none adds to the log-odds of a label.</summary>
    public double[] Contrasts(IAdditiveScorer scorer, Features.FeatureBuffer buffer, int label)
    {
        var classes = classifier.Classes;
        var contributions = new double[(buffer.Count + classifier.NumericCount + 1) * classes];
        scorer.Contribute(buffer, contributions);
        var contrasts = new double[contributions.Length / classes];
        for (var i = 0; i < contrasts.Length; i++)
        {
            var row = contributions.AsSpan(i * classes, classes);
            double sum = 0;
            foreach (var value in row)
                sum += value;
            contrasts[i] = (row[label] - ((sum - row[label]) / (classes - 1))) / classifier.Calibration.Temperature;
        }
        return contrasts;
    }

    private void Sum(IAdditiveScorer scorer, ExplainedRecord record, ReadOnlySpan<byte> text, int label, List<Contribution> contributions)
    {
        var contrasts = Contrasts(scorer, record.Buffer, label);
        var shares = record.Share(contrasts);
        foreach (var (first, end) in record.Words)
            contributions.Add(Word(record, text, first, end, shares[first..end].Sum()));
        for (var feature = 0; feature < classifier.NumericCount; feature++)
            contributions.Add(new Contribution(classifier.Contract.Numeric[feature].Name, contrasts[record.Buffer.Count + feature]));
    }

    private void Occlude(ExplainedRecord record, ReadOnlySpan<byte> text, int label, List<Contribution> contributions)
    {
        var whole = LogOdds([.. record.Scores], label);
        var run = Math.Max(1, (record.Words.Count + MostOcclusions - 1) / MostOcclusions);
        for (var word = 0; word < record.Words.Count; word += run)
        {
            var (first, end) = (record.Words[word].First, record.Words[Math.Min(word + run, record.Words.Count) - 1].End);
            contributions.Add(Word(record, text, first, end, whole - LogOdds(record.Without(first, end), label)));
        }
        for (var feature = 0; feature < classifier.NumericCount; feature++)
            contributions.Add(new Contribution(classifier.Contract.Numeric[feature].Name, whole - LogOdds(record.With(feature, float.NaN), label)));
    }

    private static Contribution Word(ExplainedRecord record, ReadOnlySpan<byte> text, int first, int end, double logOdds)
    {
        var place = record.Place(first, end);
        return new Contribution(Encoding.UTF8.GetString(text[place.Utf8Start..place.Utf8End]), logOdds, place);
    }
}
