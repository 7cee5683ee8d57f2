using Plumbline.Features;
using Plumbline.Learning.Models;
using Plumbline.Statistics;
using Plumbline.Text;

namespace Plumbline.Monitoring;

/// <summary>
/// What requests and answers were like, in at most some 100 KB whatever their number: docs/specs/drift.md. Sketches of one schema are merged exactly, in any order. Not thread-safe.
/// </summary>
public sealed partial class DriftSketch
{
    /// <summary>Equal bins of [0, 1] in which confidences are counted, as the drift baseline has them.</summary>
    internal const int ConfidenceBins = 20;

    /// <summary>After the categories of a feature: those beyond, values that are none of the contract's, and missing ones.</summary>
    internal const int OtherCells = 3;

    /// <summary>Buckets of all numbers together, and of each.</summary>
    private const int MostBuckets = 8_000;
    private const int MostBucketsEach = 1_024;
    private const int LeastBucketsEach = 16;

    private readonly SampledWords _words;

    /// <param name="isKnown">Whether the model's own words have one of a hash, so that it needs no other name.</param>
    internal DriftSketch(DriftSchema schema, Func<ulong, bool>? isKnown = null)
    {
        Schema = schema;
        _words = new SampledWords(isKnown);
        var most = Math.Clamp(MostBuckets / (schema.Numeric.Count + 3), LeastBucketsEach, MostBucketsEach);
        Numeric = [.. schema.Numeric.Select(_ => new QuantileSketch(most))];
        (Length, Unknown, Uncertainty) = (new QuantileSketch(most), new QuantileSketch(most), new QuantileSketch(most));
        Categorical = [.. schema.Categorical.Select(feature => new long[feature.Categories.Count + OtherCells])];
        Predicted = new long[schema.Labels.Count];
        Expected = new ExpectedOutcomes(schema.Labels.Count);
        Breaches = new ContractBreaches(schema.Numeric.Count + schema.Categorical.Count);
    }

    /// <summary>One that counted what another did; it can be merged with further ones, the other is left alone.</summary>
    public DriftSketch(DriftSketch other)
        : this(other.Schema) => Merge(other);

    public DriftSchema Schema { get; }

    /// <summary>Texts that were answered.</summary>
    public long Requests { get; private set; }

    internal QuantileSketch[] Numeric { get; private init; }

    /// <summary>Characters of texts.</summary>
    internal QuantileSketch Length { get; private set; }

    /// <summary>Share of the n-grams of a text that the model does not know.</summary>
    internal QuantileSketch Unknown { get; private set; }

    /// <summary>1 − the probability of the answered label.</summary>
    internal QuantileSketch Uncertainty { get; private set; }

    /// <summary>By feature: its categories, then <see cref="OtherCells"/>.</summary>
    internal long[][] Categorical { get; }

    /// <summary>Answers by label.</summary>
    internal long[] Predicted { get; }

    /// <summary>Probability of the answered label.</summary>
    internal long[] Confidence { get; } = new long[ConfidenceBins];

    /// <summary>Texts by the script of their beginning.</summary>
    internal long[] Scripts { get; } = new long[Script.Names.Length];

    /// <summary>What the probabilities say of how right the answers are; of none that a sketch of format 1 counted.</summary>
    internal ExpectedOutcomes Expected { get; }

    /// <summary>Values that kept less than the contract promises; likewise.</summary>
    internal ContractBreaches Breaches { get; }

    internal RequestSample Sample { get; private set; } = new();

    internal WordNames Names { get; private set; } = new();

    /// <summary>Which words a model knows by itself; null where it knows none.</summary>
    internal static Func<ulong, bool>? KnownTo(Classifier? classifier) =>
        classifier is null || classifier.Contract.Options.HashBits is not null ? null : hash => classifier.Vectorizer.FeatureOf(hash) >= 0;

    /// <summary>Counts the record that was predicted last on this thread.</summary>
    /// <param name="hasFeatures">Whether what its features were is at hand there.</param>
    internal void AddLast(bool hasFeatures, ulong key, ReadOnlySpan<byte> text, ReadOnlySpan<int> categories, ReadOnlySpan<float> probabilities, int label)
    {
        var buffer = FeatureBuffer.Current;
        var known = 0;
        foreach (var count in buffer.Counts.AsSpan(0, hasFeatures ? buffer.Count : 0))
            known += count;
        Add(new DriftObservation
        {
            Key = key,
            Text = text,
            Numeric = hasFeatures ? buffer.Numeric.AsSpan(0, Numeric.Length) : [],
            Categories = categories,
            Probabilities = probabilities,
            Label = label,
            Ngrams = hasFeatures ? buffer.Ngrams.Count : 0,
            KnownNgrams = known,
        });
    }

    internal void Add(in DriftObservation observation)
    {
        Requests++;
        for (var feature = 0; feature < Numeric.Length; feature++)
            Numeric[feature].Add(observation.Numeric[feature]);
        for (var feature = 0; feature < Categorical.Length; feature++)
            Categorical[feature][CellOf(Categorical[feature].Length, observation.Categories.IsEmpty ? Category.Missing : observation.Categories[feature])]++;
        Length.Add(TextShape.Characters(observation.Text));
        Unknown.Add(observation.Ngrams == 0 ? 0 : 1 - ((float)observation.KnownNgrams / observation.Ngrams));
        Scripts[TextShape.ScriptOf(observation.Text)]++;
        var confidence = observation.Probabilities[observation.Label];
        Uncertainty.Add(1 - confidence);
        Confidence[Math.Clamp((int)(confidence * ConfidenceBins), 0, ConfidenceBins - 1)]++;
        Predicted[observation.Label]++;
        Expected.Add(observation.Probabilities, observation.Label);
        if (Sample.Takes(observation.Key))
            AddToSample(observation);
    }

    /// <summary>Counts what another sketch counted, too; it is left as it is, but shares the sampled requests from then on, so that nothing may be added to it any more.</summary>
    /// <exception cref="ArgumentException">It is of another schema.</exception>
    public void Merge(DriftSketch other)
    {
        if (!Schema.IsSame(other.Schema))
            throw new ArgumentException("Sketches of different labels or features cannot be merged.", nameof(other));
        Requests += other.Requests;
        for (var feature = 0; feature < Numeric.Length; feature++)
            Numeric[feature].Merge(other.Numeric[feature]);
        for (var feature = 0; feature < Categorical.Length; feature++)
            Add(Categorical[feature], other.Categorical[feature]);
        Length.Merge(other.Length);
        Unknown.Merge(other.Unknown);
        Uncertainty.Merge(other.Uncertainty);
        Add(Predicted, other.Predicted);
        Add(Confidence, other.Confidence);
        Add(Scripts, other.Scripts);
        Expected.Merge(other.Expected);
        Breaches.Merge(other.Breaches);
        Sample.Merge(other.Sample);
        Names.Merge(other.Names);
    }

    /// <summary>All of several sketches in one; null where there are none.</summary>
    public static DriftSketch? MergeAll(IEnumerable<DriftSketch> sketches)
    {
        DriftSketch? all = null;
        foreach (var sketch in sketches)
        {
            all ??= new DriftSketch(sketch.Schema);
            all.Merge(sketch);
        }
        return all;
    }

    /// <summary>Where counts were put in from elsewhere.</summary>
    internal void SetRequests(long requests) => Requests = requests;

    internal static int CellOf(int cells, int category) => category switch
    {
        Category.Missing => cells - 1,
        < 0 => cells - 2,
        _ => Math.Min(category, cells - OtherCells),
    };

    /// <summary>Samples a request that is counted otherwise.</summary>
    internal void AddSampled(in DriftObservation observation)
    {
        if (Sample.Takes(observation.Key))
            AddToSample(observation);
    }

    private void AddToSample(in DriftObservation observation)
    {
        var request = Sample.Rent();
        request.Key = observation.Key;
        request.SetFeatures(observation, Math.Min(Numeric.Length, SampledRequest.MostNumeric), Math.Min(Categorical.Length, SampledRequest.MostCategorical));
        _words.Take(observation.Text, request, Names);
        Sample.Add(request);
    }

    private static void Add(long[] counts, long[] others)
    {
        for (var i = 0; i < counts.Length; i++)
            counts[i] += others[i];
    }
}
