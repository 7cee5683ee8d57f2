using System.Numerics;
using Plumbline.Statistics;

namespace Plumbline.Monitoring;

/// <summary>A word that marks the texts of one side.</summary>
/// <param name="Word">Null where too few texts had it for it to be kept in the clear.</param>
/// <param name="Before">Share of the reference's sampled texts that had it.</param>
/// <param name="Score">Log-odds ratio in standard errors; positive where it became more frequent.</param>
public sealed record DriftWord(string? Word, double Before, double Now, double Score);

/// <summary>Whether sampled requests of two sides can be told apart, and by which words: docs/specs/drift.md. Pure.</summary>
internal static class DomainShift
{
    private const int Folds = 5;
    private const int Shown = 15;
    private const int HashedDimensions = 128;

    /// <summary>Size of the prior in words, as in the paper.</summary>
    private const double PriorWords = 500;
    private const int FewestTexts = 5;
    private const double Certain = 1.96;

    /// <summary>Area under the ROC curve of a naive Bayes classifier that tells the sides apart, each request judged by the other folds (Rabanser, Günnemann &amp; Lipton 2019).</summary>
    public static TestResult Classify(RequestSample before, RequestSample now, bool withWords = true)
    {
        var requests = before.Requests.Select(request => (Request: request, IsNow: false)).Concat(now.Requests.Select(request => (Request: request, IsNow: true))).ToArray();
        var known = Known(before, now);
        var marks = requests.Select(item => Marks(item.Request, known, withWords)).ToArray();
        var scores = new List<(double, bool)>();
        for (var fold = 0; fold < Folds; fold++)
        {
            var (counts, texts) = (new Dictionary<ulong, (int Before, int Now)>(), (Before: 0, Now: 0));
            for (var i = 0; i < requests.Length; i++)
            {
                if (i % Folds == fold)
                    continue;
                var (one, other) = requests[i].IsNow ? (0, 1) : (1, 0);
                texts = (texts.Before + one, texts.Now + other);
                foreach (var mark in marks[i])
                    counts[mark] = counts.GetValueOrDefault(mark) is var (had, has) ? (had + one, has + other) : default;
            }
            for (var i = fold; i < requests.Length; i += Folds)
            {
                var score = marks[i].Sum(mark => counts.TryGetValue(mark, out var count)
                    ? Math.Log((count.Now + 0.5) / (texts.Now + 1)) - Math.Log((count.Before + 0.5) / (texts.Before + 1))
                    : 0);
                scores.Add((score, requests[i].IsNow));
            }
        }
        return RankSum.Test(scores);
    }

    /// <summary>Maximum mean discrepancy of the requests as vectors: numbers in the pooled standard deviation, words hashed to 128 dimensions with a sign.</summary>
    public static TestResult Discrepancy(RequestSample before, RequestSample now, int permutations, ulong seed)
    {
        SampledRequest[] all = [.. before.Requests, .. now.Requests];
        if (all.Length == 0)
            return new TestResult(0, 1);
        var known = Known(before, now);
        var scales = Enumerable.Range(0, known.Length).Select(feature => Scale(all, feature)).ToArray();
        var vectors = all.Select(request => Vector(request, known, scales)).ToArray();
        return MeanDiscrepancy.Test(vectors[..before.Count], vectors[before.Count..], permutations, seed);
    }

    /// <summary>The words that mark each side most, the strongest first: log-odds ratios with an informative Dirichlet prior (Monroe, Colaresi &amp; Quinn 2008), of texts that have them.</summary>
    public static IReadOnlyList<DriftWord> Words(RequestSample before, RequestSample now, Func<uint, string?> name)
    {
        var counts = new Dictionary<uint, (int Before, int Now)>();
        foreach (var request in before.Requests)
            foreach (var word in request.Words)
                counts[word] = counts.GetValueOrDefault(word) is var (had, has) ? (had + 1, has) : default;
        foreach (var request in now.Requests)
            foreach (var word in request.Words)
                counts[word] = counts.GetValueOrDefault(word) is var (had, has) ? (had, has + 1) : default;
        double n = counts.Values.Sum(count => count.Before), m = counts.Values.Sum(count => count.Now);
        var words = new List<DriftWord>();
        foreach (var (word, (had, has)) in counts)
        {
            if (had + has < FewestTexts)
                continue;
            var prior = PriorWords * (had + has) / (n + m);
            double first = had + prior, second = has + prior;
            var score = (Math.Log(second / (m + PriorWords - second)) - Math.Log(first / (n + PriorWords - first))) / Math.Sqrt((1 / first) + (1 / second));
            var (hadShare, hasShare) = (FeatureDrift.Share(had, before.Count), FeatureDrift.Share(has, now.Count));
            // Where texts became shorter or longer as a whole, a word may stand out among words though fewer texts have it.
            if (Math.Abs(score) > Certain && Math.Sign(hasShare - hadShare) == Math.Sign(score))
                words.Add(new DriftWord(name(word), hadShare, hasShare, score));
        }
        var ordered = words.OrderByDescending(word => Math.Abs(word.Score)).ThenBy(word => word.Word, StringComparer.Ordinal).ToArray();
        return [.. ordered.Where(word => word.Score > 0).Take(Shown), .. ordered.Where(word => word.Score < 0).Take(Shown)];
    }

    /// <summary>Which numeric features both sides have: one that a side never has, since nobody kept it, would tell them apart for nothing.</summary>
    private static bool[] Known(RequestSample before, RequestSample now)
    {
        SampledRequest[][] sides = [[.. before.Requests], [.. now.Requests]];
        return [.. Enumerable.Range(0, sides.Max(side => side.Length == 0 ? 0 : side[0].Numeric.Length)).Select(feature => sides.All(side => side.Any(request => !float.IsNaN(request.NumericValue(feature)))))];
    }

    /// <summary>What is told of a request as marks that it has or has not: words, categories, and in which quarter of an octave each number lies.</summary>
    private static List<ulong> Marks(SampledRequest request, bool[] known, bool withWords)
    {
        var marks = new List<ulong>();
        if (withWords)
        {
            foreach (var word in request.Words)
                marks.Add(word);
        }
        for (var feature = 0; feature < request.Categories.Length; feature++)
            marks.Add((1UL << 40) | ((ulong)(uint)feature << 32) | request.Categories[feature]);
        for (var feature = 0; feature < request.Numeric.Length; feature++)
        {
            if (known[feature])
                marks.Add((2UL << 40) | ((ulong)(uint)feature << 32) | (uint)(request.Numeric[feature] >> 5));
        }
        return marks;
    }

    private static (float Mean, float Deviation) Scale(SampledRequest[] requests, int feature)
    {
        var values = requests.Select(request => (double)request.NumericValue(feature)).Where(double.IsFinite).ToArray();
        if (values.Length == 0)
            return (0, 1);
        var mean = values.Average();
        var deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        return ((float)mean, deviation > 0 ? (float)deviation : 1);
    }

    private static float[] Vector(SampledRequest request, bool[] known, (float Mean, float Deviation)[] scales)
    {
        var vector = new float[scales.Length + HashedDimensions];
        for (var feature = 0; feature < scales.Length; feature++)
        {
            if (known[feature] && float.IsFinite(request.NumericValue(feature)))
                vector[feature] = Math.Clamp((request.NumericValue(feature) - scales[feature].Mean) / scales[feature].Deviation, -4, 4) / MathF.Sqrt(scales.Length);
        }
        var weight = request.Words.IsEmpty ? 0 : 1 / MathF.Sqrt(request.Words.Length);
        foreach (var word in request.Words)
            vector[scales.Length + (int)(word % HashedDimensions)] += (BitOperations.PopCount(word) & 1) == 0 ? weight : -weight;
        return vector;
    }
}
