using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Learning.Models;
using Plumbline.Text;

namespace Plumbline.Bundles.Onnx;

/// <summary>Collects how the answers of a graph differ from a bundle's. Not thread-safe; the bundle must outlive it.</summary>
internal sealed unsafe class OnnxComparison
{
    /// <summary>What the features of a text are multiplied by to see whether it lies on an edge: rounding moves them by less.</summary>
    private static readonly float[] Nudges = [1 - 4e-6f, 1 - 1e-6f, 1 - 2.5e-7f, 1 + 2.5e-7f, 1 + 1e-6f, 1 + 4e-6f];

    private readonly Bundle _bundle;
    private readonly FeatureTable _table;
    private readonly Vectorizer _vectorizer;
    private readonly IScorer _scorer;
    private readonly FeatureBuffer _buffer = new();
    private readonly float[] _expected;
    private readonly float[] _nudged;
    private readonly int[] _categories;

    public OnnxComparison(Bundle bundle)
    {
        _bundle = bundle;
        var (contract, shape) = (bundle.Manifest.Contract, bundle.Manifest.Model);
        var slots = bundle.Memory.Array<ulong>(ModelSections.Slots);
        _table = Scorers.Table(shape, contract, bundle.Memory);
        _vectorizer = new Vectorizer(contract.Options, new Vocabulary(slots.Start, checked((int)slots.Length)), contract.HasSentiment, bundle.Classifier.Categories);
        _scorer = Scorers.Open(shape, contract, new NumericScaling(contract.Numeric, contract.Options.Numeric), bundle.Memory);
        (_expected, _nudged, _categories) = (new float[bundle.Classifier.Classes], new float[bundle.Classifier.Classes], new int[contract.Categorical.Count]);
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

    /// <summary>Whether the bundle itself gives the graph's answer to features that are a little different.</summary>
    private bool IsEdge(RecordBatch batch, int record, string label, ReadOnlySpan<float> probabilities)
    {
        var manifest = _bundle.Manifest;
        _bundle.Classifier.Categories.Find(batch, record, _categories);
        _vectorizer.Vectorize(batch.Text(record), batch.Inputs(record), _table, _buffer, _categories);
        var sentiment = Math.Max(0, _vectorizer.SentimentIndex);
        var (inverseNorm, raw) = (_buffer.InverseNorm, _buffer.Numeric.ElementAtOrDefault(sentiment));
        foreach (var nudge in Nudges)
        {
            _buffer.InverseNorm = inverseNorm * nudge;
            if (_vectorizer.SentimentIndex >= 0)
                _buffer.Numeric[sentiment] = raw * nudge;
            _scorer.Score(_buffer, _nudged);
            manifest.Calibration.Apply(_nudged);
            if (manifest.Labels[manifest.Decision.Choose(_nudged)] == label && Difference(_nudged, probabilities) <= OnnxAgreement.Tolerance)
                return true;
        }
        return false;
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
