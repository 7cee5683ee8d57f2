using System.Text;
using Plumbline.Bundles;
using Plumbline.Datasets;
using Plumbline.Datasets.Preparation;
using Plumbline.Inference;
using Plumbline.Learning;
using Plumbline.Learning.Models;
using Plumbline.Text;

namespace Plumbline.Monitoring;

/// <summary>What traffic is compared with. Immutable; thread-safe.</summary>
/// <param name="Source">For people: what it is of.</param>
/// <param name="IsCoarse">Whether it is known by bins alone, without texts, as bundles of older programs have it.</param>
public sealed record DriftReference(DriftSketch Sketch, string Source, bool IsCoarse = false)
{
    /// <summary>Section of a bundle that holds the sketch of the test split.</summary>
    internal const string Section = "drift.sketch";

    private const ulong KeySeed = 0x2EF;

    /// <summary>Names of words by hash, of those that the model itself knows.</summary>
    internal Lazy<IReadOnlyDictionary<uint, string>> Names { get; init; } = new(() => new Dictionary<uint, string>());

    /// <summary>That of a bundle: the sketch that it holds, else what its baseline tells.</summary>
    /// <exception cref="BundleException">It is damaged.</exception>
    public static DriftReference Of(Predictor predictor)
    {
        var names = new Lazy<IReadOnlyDictionary<uint, string>>(() => NamesOf(predictor.Bundle));
        if (predictor.Bundle.Read(Section) is not { } bytes)
            return new DriftReference(OfBaseline(predictor.Manifest), "the bundle's baseline, by its bins", IsCoarse: true) { Names = names };
        try
        {
            return new DriftReference(DriftSketch.FromBytes(bytes), "the bundle's test split") { Names = names };
        }
        catch (InvalidDataException exception)
        {
            throw new BundleException($"{predictor.Bundle.Directory}: section '{Section}': {exception.Message}", exception);
        }
    }

    /// <summary>With the names of the words that a model knows, which no traffic names; as long as its bundle is open.</summary>
    public DriftReference NamedBy(Predictor predictor) => this with { Names = new Lazy<IReadOnlyDictionary<uint, string>>(() => NamesOf(predictor.Bundle)) };

    /// <summary>What a model says of records that it was not fitted on.</summary>
    internal static DriftSketch SketchOf(Classifier classifier, IEnumerable<RecordBatch> batches, IReadOnlyList<string> labels)
    {
        var (sketch, row) = (new DriftSketch(DriftSchema.Of(labels, classifier.Contract.Numeric, classifier.Contract.Categorical), DriftSketch.KnownTo(classifier)), 0UL);
        var (probabilities, categories) = (new float[labels.Count], new int[classifier.Categories.Columns]);
        foreach (var batch in batches)
        {
            for (var record = 0; record < batch.Count; record++)
            {
                classifier.Categories.Find(batch, record, categories);
                var label = classifier.Predict(batch.Text(record), batch.Inputs(record), probabilities, default, categories);
                sketch.AddLast(hasFeatures: true, SplitKey.Of(row++, KeySeed), batch.Text(record), categories, probabilities, label);
            }
        }
        return sketch;
    }

    private static DriftSketch OfBaseline(BundleManifest manifest)
    {
        var (baseline, contract) = (manifest.Baseline, manifest.Contract);
        var sketch = new DriftSketch(DriftSchema.Of(manifest.Labels, contract.Numeric, contract.Categorical));
        foreach (var (feature, trained) in contract.Numeric.Zip(baseline.Numeric).Index().Select(pair => (pair.Index, pair.Item.Second)))
            sketch.Numeric[feature].AddBins(trained.Cuts, trained.Counts, trained.Missing);
        sketch.Unknown.AddBins(baseline.UnknownNgrams.Cuts, baseline.UnknownNgrams.Counts, baseline.UnknownNgrams.Missing);
        foreach (var (feature, trained) in (baseline.Categorical ?? []).Index())
            Fill(sketch.Categorical[feature], trained);
        for (var label = 0; label < baseline.PredictedCounts.Count; label++)
            sketch.Predicted[label] = baseline.PredictedCounts[label];
        for (var bin = 0; bin < baseline.ConfidenceCounts.Count; bin++)
            sketch.Confidence[bin] = baseline.ConfidenceCounts[bin];
        sketch.SetRequests(baseline.Rows);
        return sketch;
    }

    private static void Fill(long[] cells, CategoryDistribution trained)
    {
        for (var category = 0; category < trained.Counts.Count; category++)
            cells[Math.Min(category, cells.Length - DriftSketch.OtherCells)] += trained.Counts[category];
        (cells[^2], cells[^1]) = (trained.Unknown, trained.Missing);
    }

    private static Dictionary<uint, string> NamesOf(Bundle bundle)
    {
        var (tokenizer, tokens, names) = (new Tokenizer(new TokenOptions()), new TokenBuffer(), new Dictionary<uint, string>());
        foreach (var name in bundle.NgramNames() ?? [])
        {
            if (string.IsNullOrEmpty(name) || name[0] == NgramHasher.CharacterMark || name.Contains(' ', StringComparison.Ordinal))
                continue;
            tokenizer.Tokenize(Encoding.UTF8.GetBytes(name), tokens);
            if (tokens.Count == 1)
                names.TryAdd((uint)tokens.Hashes[0] & SampledRequest.WordMask, name);
        }
        return names;
    }
}
