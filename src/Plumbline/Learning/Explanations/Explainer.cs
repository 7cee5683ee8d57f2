using Plumbline.Learning.Models;

namespace Plumbline.Learning.Explanations;

/// <summary>
/// Says which words and features moved a prediction: exactly where the model's scores are sums over features (weight × value, or Shapley values of trees), else by occlusion (Zeiler &amp;
/// Fergus 2014), leaving out one word or feature at a time. Thread-safe.
/// </summary>
internal sealed class Explainer(Classifier classifier)
{
    /// <summary>Of longer texts, so many runs of neighbouring words are left out in turn.</summary>
    private const int MostOcclusions = 256;

    /// <param name="text">UTF-8.</param>
    /// <param name="inputs">As for <see cref="Classifier.Predict(ReadOnlySpan{byte}, ReadOnlySpan{float}, Span{float}, Span{float}, ReadOnlySpan{int})"/>.</param>
    /// <param name="categories">As for <see cref="Classifier.Predict(ReadOnlySpan{byte}, ReadOnlySpan{float}, Span{float}, Span{float}, ReadOnlySpan{int})"/>.</param>
    /// <param name="label">Index of the label to explain; null for the one that is answered.</param>
    /// <param name="most">Contributions to list, 1 or more.</param>
    public Explanation Explain(ReadOnlySpan<byte> text, ReadOnlySpan<float> inputs, ReadOnlySpan<int> categories, int? label, int most) =>
        Explain(new ExplainedRecord(classifier, text, inputs, categories), label, most);

    /// <inheritdoc cref="Explain(ReadOnlySpan{byte}, ReadOnlySpan{float}, ReadOnlySpan{int}, int?, int)"/>
    public Explanation Explain(ExplainedRecord record, int? label, int most)
    {
        var explained = label ?? Answered(record.Scores);
        var contributions = new List<Contribution>();
        if (classifier.Scorer is IAdditiveScorer additive)
            Sum(additive, record, explained, contributions);
        else
            Occlude(record, explained, contributions);
        var listed = contributions.Where(contribution => contribution.LogOdds != 0).OrderByDescending(contribution => Math.Abs(contribution.LogOdds)).Take(most).ToArray();
        var logOdds = LogOdds([.. record.Scores], explained);
        GC.KeepAlive(classifier);
        return new Explanation(explained, logOdds, classifier.Scorer is IAdditiveScorer, listed, logOdds - listed.Sum(contribution => contribution.LogOdds));
    }

    /// <summary>Of calibrated scores: that of the label less the mean of the others.</summary>
    public double LogOdds(ReadOnlySpan<float> scores, int label)
    {
        var calibration = classifier.Calibration;
        Span<double> calibrated = new double[scores.Length];
        for (var k = 0; k < scores.Length; k++)
            calibrated[k] = (scores[k] + calibration.Biases[k]) / calibration.Temperature;
        return Contrast(calibrated, label);
    }

    /// <summary>Index of the label that these scores are answered with.</summary>
    public int Answered(IEnumerable<float> scores)
    {
        float[] probabilities = [.. scores];
        classifier.Calibration.Apply(probabilities);
        return classifier.Decision.Choose(probabilities);
    }

    /// <summary>
    /// What each n-gram of the record, each other feature, and none adds to calibrated scores; one a class, row-major. That of the sentiment is with the n-grams that
    /// it is computed from.
    /// </summary>
    public double[] Contributions(IAdditiveScorer scorer, ExplainedRecord record)
    {
        var buffer = record.Buffer;
        var contributions = new double[(buffer.Count + classifier.OtherFeatures + 1) * classifier.Classes];
        scorer.Contribute(buffer, contributions);
        if (classifier.Vectorizer.SentimentIndex is >= 0 and var sentiment)
            ShareSentiment(scorer, record, sentiment, contributions);
        foreach (ref var contribution in contributions.AsSpan())
            contribution /= classifier.Calibration.Temperature;
        return contributions;
    }

    /// <summary>
    /// Gives what the sentiment adds, beyond that of a text without opinion, to the n-grams in proportion to their parts in it, of trees as <see cref="ComponentShares"/> does; what a
    /// text without opinion has goes to the last row.
    /// </summary>
    private void ShareSentiment(IAdditiveScorer scorer, ExplainedRecord record, int sentiment, double[] contributions)
    {
        var (buffer, classes) = (record.Buffer, classifier.Classes);
        var neutral = new double[contributions.Length];
        var kept = buffer.Numeric[sentiment];
        buffer.Numeric[sentiment] = 0;
        scorer.Contribute(buffer, neutral);
        buffer.Numeric[sentiment] = kept;
        double opinion = 0, magnitude = 0;
        for (var i = 0; i < buffer.Count; i++)
        {
            opinion += record.Opinion(i);
            // What is linear in the sentiment is each part's own, however they cancel out; trees only ask where their sum lies.
            magnitude += scorer.Leaves > 0 ? Math.Abs(record.Opinion(i)) : 0;
        }
        for (var k = 0; k < classes; k++)
        {
            ref var whole = ref contributions[((buffer.Count + sentiment) * classes) + k];
            ref var none = ref contributions[contributions.Length - classes + k];
            var factor = ComponentShares.Factor(whole - neutral[((buffer.Count + sentiment) * classes) + k], opinion, magnitude);
            for (var i = 0; i < buffer.Count; i++)
            {
                var share = factor * record.Opinion(i);
                contributions[(i * classes) + k] += share;
                none -= share;
            }
            none += whole;
            whole = 0;
        }
    }

    /// <summary>The value of a label less the mean of the others.</summary>
    public static double Contrast(ReadOnlySpan<double> values, int label)
    {
        double sum = 0;
        foreach (var value in values)
            sum += value;
        return values[label] - ((sum - values[label]) / (values.Length - 1));
    }

    private void Sum(IAdditiveScorer scorer, ExplainedRecord record, int label, List<Contribution> contributions)
    {
        var all = Contributions(scorer, record);
        var contrasts = new double[all.Length / classifier.Classes];
        for (var i = 0; i < contrasts.Length; i++)
            contrasts[i] = Contrast(all.AsSpan(i * classifier.Classes, classifier.Classes), label);
        var shares = record.Share(contrasts);
        foreach (var (first, end) in record.Words)
            contributions.Add(record.Contribution(first, end, shares[first..end].Sum()));
        for (var feature = 0; feature < classifier.OtherFeatures; feature++)
            contributions.Add(new Contribution(record.NameOf(feature), contrasts[record.Buffer.Count + feature]));
    }

    private void Occlude(ExplainedRecord record, int label, List<Contribution> contributions)
    {
        var whole = LogOdds([.. record.Scores], label);
        var run = Math.Max(1, (record.Words.Count + MostOcclusions - 1) / MostOcclusions);
        for (var word = 0; word < record.Words.Count; word += run)
        {
            var (first, end) = (record.Words[word].First, record.Words[Math.Min(word + run, record.Words.Count) - 1].End);
            contributions.Add(record.Contribution(first, end, whole - LogOdds(record.Without(first, end), label)));
        }
        for (var feature = 0; feature < classifier.OtherFeatures; feature++)
        {
            // The sentiment moves with the words.
            if (feature != classifier.Vectorizer.SentimentIndex)
                contributions.Add(new Contribution(record.NameOf(feature), whole - LogOdds(record.Without(feature), label)));
        }
    }
}
