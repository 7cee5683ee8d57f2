using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Learning.Models;
using Plumbline.Statistics;

namespace Plumbline.Learning.Explanations;

/// <summary>How much a word or feature moves predictions on the whole.</summary>
/// <param name="Name">An n-gram or word, or a numeric or categorical feature.</param>
/// <param name="Value">Mean over all records of how far the log-odds move, 0 or more.</param>
public sealed record Importance(string Name, bool IsWord, double Value);

/// <summary>What a model goes by, measured on records that it was not fitted on.</summary>
internal static class ModelImportances
{
    /// <summary>Records that are looked at where each word and feature has to be left out in turn.</summary>
    private const int MostOccluded = 200;

    /// <summary>Records that are looked at where one look says all.</summary>
    private const int MostSummed = 10_000;

    /// <summary>Leaves of trees that are visited for all records: some seconds.</summary>
    private const int MostLeaves = 4_000_000;

    /// <summary>
    /// The most important words and features, of records spread evenly. Where scores are sums, of each n-gram and other feature the mean |weight × value| over labels
    /// and records. Otherwise of a word the sum of |change of log-odds| where it is left out; of another feature the mean |change| where it
    /// takes the value of another record (permutation, Breiman 2001).
    /// </summary>
    /// <param name="names">Text of each n-gram feature, null where unknown.</param>
    /// <param name="rows">Records with the contract's inputs, such as those of valid.</param>
    /// <param name="count">How many there are.</param>
    public static IReadOnlyList<Importance> Of(Classifier classifier, IReadOnlyList<string?> names, IEnumerable<RecordBatch> rows, long count, int most, ulong seed)
    {
        var (words, others) = classifier.Scorer is IAdditiveScorer additive
            ? OfSums(classifier, additive, names, Records(classifier, rows, count, Math.Clamp(MostLeaves / Math.Max(1, additive.Leaves), MostOccluded, MostSummed)))
            : OfOcclusion(classifier, [.. Records(classifier, rows, count, MostOccluded)], new RandomSource(seed));
        return
        [
            .. words.Select(word => new Importance(word.Key, true, word.Value))
                .Concat(others.Select((value, feature) => new Importance(NameOf(classifier.Contract, feature), false, value)))
                .Where(importance => importance.Value > 0)
                .OrderByDescending(importance => importance.Value).ThenBy(importance => importance.Name, StringComparer.Ordinal).Take(most),
        ];
    }

    private static (Dictionary<string, double> Words, double[] Others) OfSums(
        Classifier classifier, IAdditiveScorer scorer, IReadOnlyList<string?> names, IEnumerable<ExplainedRecord> records)
    {
        var explainer = new Explainer(classifier);
        var ngrams = new double[classifier.Contract.NgramFeatures];
        var others = new double[classifier.OtherFeatures];
        var total = 0;
        foreach (var record in records)
        {
            total++;
            var buffer = record.Buffer;
            var contributions = explainer.Contributions(scorer, record);
            for (var i = 0; i < buffer.Count; i++)
                ngrams[buffer.Indices[i]] += Spread(contributions, i);
            for (var feature = 0; feature < others.Length; feature++)
                others[feature] += Spread(contributions, buffer.Count + feature);
        }
        GC.KeepAlive(classifier);
        var words = new Dictionary<string, double>(StringComparer.Ordinal);
        for (var ngram = 0; ngram < ngrams.Length; ngram++)
        {
            if (names[ngram] is { } name)
                words[name] = ngrams[ngram] / Math.Max(1, total);
        }
        return (words, Array.ConvertAll(others, sum => sum / Math.Max(1, total)));

        double Spread(double[] contributions, int row)
        {
            double sum = 0;
            for (var label = 0; label < classifier.Classes; label++)
                sum += Math.Abs(Explainer.Contrast(contributions.AsSpan(row * classifier.Classes, classifier.Classes), label));
            return sum / classifier.Classes;
        }
    }

    private static (Dictionary<string, double> Words, double[] Others) OfOcclusion(
        Classifier classifier, ExplainedRecord[] records, RandomSource random)
    {
        var explainer = new Explainer(classifier);
        var words = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var record in records)
        {
            foreach (var contribution in explainer.Explain(record, null, int.MaxValue).Contributions.Where(contribution => contribution.Place is not null))
            {
                var word = contribution.Name.ToLowerInvariant();
                words[word] = words.GetValueOrDefault(word) + (Math.Abs(contribution.LogOdds) / records.Length);
            }
        }
        var labels = Array.ConvertAll(records, record => explainer.Answered(record.Scores));
        var others = new double[classifier.OtherFeatures];
        for (var feature = 0; feature < others.Length; feature++)
        {
            if (feature == classifier.Vectorizer.SentimentIndex)
                continue;
            var donors = records.ToArray();
            random.Shuffle<ExplainedRecord>(donors);
            for (var i = 0; i < records.Length; i++)
                others[feature] += Math.Abs(explainer.LogOdds([.. records[i].Scores], labels[i]) - explainer.LogOdds(records[i].With(feature, donors[i]), labels[i])) / records.Length;
        }
        return (words, others);
    }

    private static string NameOf(FeatureContract contract, int feature) =>
        feature < contract.Numeric.Count ? contract.Numeric[feature].Name : contract.Categorical[feature - contract.Numeric.Count].Name;

    /// <summary>At most so many records, evenly spread.</summary>
    private static IEnumerable<ExplainedRecord> Records(Classifier classifier, IEnumerable<RecordBatch> rows, long count, int most)
    {
        var (step, number) = ((count + most - 1) / most, 0L);
        var categories = new int[classifier.Categories.Columns];
        foreach (var batch in rows)
        {
            for (var record = 0; record < batch.Count; record++, number++)
            {
                if (number % step != 0)
                    continue;
                classifier.Categories.Find(batch, record, categories);
                yield return new ExplainedRecord(classifier, batch.Text(record), batch.Inputs(record), categories);
            }
        }
    }
}
