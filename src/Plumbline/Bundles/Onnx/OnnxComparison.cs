using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Learning.Models;
using Plumbline.Text;

namespace Plumbline.Bundles.Onnx;

/// <summary>Collects how the answers of a graph differ from a bundle's. Not thread-safe; the bundle must outlive it.</summary>
internal sealed unsafe class OnnxComparison
{
    /// <summary>By what share the features of a text are moved to see whether it lies on an edge: rounding moves them by less than the last.</summary>
    private static readonly float[] Nudges = [0, 2.5e-7f, -2.5e-7f, 1e-6f, -1e-6f, 4e-6f, -4e-6f];

    /// <summary>The sentiment is a sum of both signs, which rounding moves by a share of its terms; this is about their size.</summary>
    private const float SentimentTerms = 0.1f;

    private readonly Bundle _bundle;
    private readonly FeatureTable _table;
    private readonly Vectorizer _vectorizer;
    private readonly IScorer _scorer;
    private readonly FeatureBuffer _buffer = new();
    private readonly float[] _expected;
    private readonly float[] _nudged;
    private readonly float[] _least;
    private readonly float[] _most;
    private readonly int[] _categories;

    public OnnxComparison(Bundle bundle)
    {
        _bundle = bundle;
        var (contract, shape) = (bundle.Manifest.Contract, bundle.Manifest.Model);
        var slots = bundle.Memory.Array<ulong>(ModelSections.Slots);
        _table = Scorers.Table(shape, contract, bundle.Memory);
        _vectorizer = new Vectorizer(contract.Options, new Vocabulary(slots.Start, checked((int)slots.Length)), contract.HasSentiment, bundle.Classifier.Categories);
        _scorer = Scorers.Open(shape, contract, new NumericScaling(contract.Numeric, contract.Options.Numeric), bundle.Memory);
        var classes = bundle.Classifier.Classes;
        (_expected, _nudged, _least, _most, _categories) = (new float[classes], new float[classes], new float[classes], new float[classes], new int[contract.Categorical.Count]);
    }

    public OnnxAgreement Result { get; private set; } = new(0, 0, 0, 0);

    /// <summary>Compares the answer to one record.</summary>
    public void Add(RecordBatch batch, int record, string label, ReadOnlySpan<float> probabilities)
    {
        var chosen = _bundle.Manifest.Labels[_bundle.Classifier.Predict(batch, record, _expected)];
        var difference = Difference(_expected, probabilities);
        var isSame = difference <= OnnxAgreement.Tolerance && label == chosen;
        var isEdge = !isSame && IsEdge(batch, record, label, probabilities);
        Result = Result with
        {
            Rows = Result.Rows + 1,
            Edges = Result.Edges + (isEdge ? 1 : 0),
            DifferingLabels = Result.DifferingLabels + (!isEdge && label != chosen ? 1 : 0),
            LargestDifference = isEdge ? Result.LargestDifference : Math.Max(Result.LargestDifference, difference),
        };
    }

    /// <summary>Whether the bundle's own answers to features that are a little different reach as far as the graph's.</summary>
    private bool IsEdge(RecordBatch batch, int record, string label, ReadOnlySpan<float> probabilities)
    {
        var manifest = _bundle.Manifest;
        _bundle.Classifier.Categories.Find(batch, record, _categories);
        _vectorizer.Vectorize(batch.Text(record), batch.Inputs(record), _table, _buffer, _categories);
        var sentiment = _vectorizer.SentimentIndex;
        var (inverseNorm, raw) = (_buffer.InverseNorm, sentiment < 0 ? 0 : _buffer.Numeric[sentiment]);
        Array.Fill(_least, 1);
        Array.Clear(_most);
        var isLabel = false;
        foreach (var share in Nudges)
        {
            foreach (var other in sentiment < 0 ? [0] : Nudges)
            {
                _buffer.InverseNorm = inverseNorm * (1 + share);
                if (sentiment >= 0)
                    _buffer.Numeric[sentiment] = raw + (other * (MathF.Abs(raw) + SentimentTerms));
                _scorer.Score(_buffer, _nudged);
                manifest.Calibration.Apply(_nudged);
                isLabel |= manifest.Labels[manifest.Decision.Choose(_nudged)] == label;
                for (var k = 0; k < _nudged.Length; k++)
                    (_least[k], _most[k]) = (MathF.Min(_least[k], _nudged[k]), MathF.Max(_most[k], _nudged[k]));
            }
        }
        return isLabel && IsWithin(probabilities);
    }

    private bool IsWithin(ReadOnlySpan<float> probabilities)
    {
        for (var k = 0; k < probabilities.Length; k++)
        {
            if (!(probabilities[k] >= _least[k] - OnnxAgreement.Tolerance && probabilities[k] <= _most[k] + OnnxAgreement.Tolerance))
                return false;
        }
        return true;
    }

    /// <summary>The largest of a probability; not a number counts as all there is.</summary>
    private static float Difference(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        var most = 0f;
        for (var k = 0; k < expected.Length; k++)
        {
            var difference = MathF.Abs(expected[k] - actual[k]);
            most = MathF.Max(most, float.IsNaN(difference) ? 1 : difference);
        }
        return most;
    }
}
