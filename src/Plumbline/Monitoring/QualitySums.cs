using System.Text.Json;
using Plumbline.Inference.Feedback;
using Plumbline.Statistics;

namespace Plumbline.Monitoring;

/// <summary>What true labels said of the answers of a window: whole numbers alone, so that sums of any parts, in any order, are the same. docs/specs/quality.md. Not thread-safe.</summary>
public sealed class QualitySums
{
    /// <summary>Probabilities are summed in so many parts of 1.</summary>
    internal const double Unit = 1 << 24;

    /// <summary>Equal bins of (0, 1] of the largest probability, as a bundle's calibration is measured.</summary>
    internal const int Bins = Reliability.Bins;

    private readonly Dictionary<(string Truth, string Predicted), long> _confusion = [];
    private readonly long[] _rows = new long[Bins];
    private readonly long[] _hits = new long[Bins];
    private readonly long[] _confidence = new long[Bins];
    private readonly long[] _delays = new long[LabelDelay.Bounds.Count + 1];

    /// <summary>Labelled predictions.</summary>
    public long Labels { get; private set; }

    /// <summary>Σ over labelled predictions of Σₖ (pₖ − [label = k])², in <see cref="Unit"/>.</summary>
    internal long Brier { get; private set; }

    internal IReadOnlyDictionary<(string Truth, string Predicted), long> Confusion => _confusion;

    /// <summary>Predictions, and those that were right, by the largest probability.</summary>
    internal ReadOnlySpan<long> Rows => _rows;

    internal ReadOnlySpan<long> Hits => _hits;

    internal ReadOnlySpan<long> Confidence => _confidence;

    /// <summary>First labels by how long after the prediction they arrived: up to each of <see cref="LabelDelay.Bounds"/>, and beyond.</summary>
    internal ReadOnlySpan<long> Delays => _delays;

    /// <summary>Counts a label, or takes one in the place of another.</summary>
    internal void Add(SettledFeedback settled)
    {
        var prediction = settled.Prediction;
        var (top, truth, replaced, squares) = (0, -1, -1, 0.0);
        for (var label = 0; label < prediction.Labels.Count; label++)
        {
            var probability = prediction.Probabilities[label];
            squares += (double)probability * probability;
            top = probability > prediction.Probabilities[top] ? label : top;
            truth = prediction.Labels[label] == settled.Label ? label : truth;
            replaced = prediction.Labels[label] == settled.Replaced ? label : replaced;
        }
        var bin = Reliability.Bin(prediction.Probabilities[top]);
        Count(settled.Label, prediction.Label, 1);
        _hits[bin] += top == truth ? 1 : 0;
        if (settled.Replaced is not null)
        {
            Count(settled.Replaced, prediction.Label, -1);
            _hits[bin] -= top == replaced ? 1 : 0;
            Brier += (long)(2 * Unit * prediction.Probabilities[replaced]) - (long)(2 * Unit * prediction.Probabilities[truth]);
            return;
        }
        Labels++;
        _rows[bin]++;
        _confidence[bin] += (long)(Unit * prediction.Probabilities[top]);
        Brier += (long)(Unit * (squares + 1)) - (long)(2 * Unit * prediction.Probabilities[truth]);
        _delays[LabelDelay.IndexOf(settled.Arrived - prediction.Time)]++;
    }

    /// <summary>Counts what others counted, too.</summary>
    public void Merge(QualitySums other)
    {
        (Labels, Brier) = (Labels + other.Labels, Brier + other.Brier);
        foreach (var ((truth, predicted), rows) in other._confusion)
            Count(truth, predicted, rows);
        for (var bin = 0; bin < Bins; bin++)
            (_rows[bin], _hits[bin], _confidence[bin]) = (_rows[bin] + other._rows[bin], _hits[bin] + other._hits[bin], _confidence[bin] + other._confidence[bin]);
        for (var delay = 0; delay < _delays.Length; delay++)
            _delays[delay] += other._delays[delay];
    }

    public static QualitySums MergeAll(IEnumerable<QualitySums> several)
    {
        var all = new QualitySums();
        foreach (var sums in several)
            all.Merge(sums);
        return all;
    }

    /// <summary>On one line; equal sums give equal texts.</summary>
    internal string ToJson() => JsonSerializer.Serialize(
        new StoredQuality(
            Labels, Brier,
            [.. _confusion.OrderBy(cell => cell.Key.Truth, StringComparer.Ordinal).ThenBy(cell => cell.Key.Predicted, StringComparer.Ordinal).Select(cell => new ConfusionCell(cell.Key.Truth, cell.Key.Predicted, cell.Value))],
            _rows, _hits, _confidence, _delays),
        QualityJson.Default.StoredQuality);

    /// <exception cref="InvalidDataException">It is not what was written.</exception>
    internal static QualitySums FromJson(string json)
    {
        try
        {
            var stored = JsonSerializer.Deserialize(json, QualityJson.Default.StoredQuality) ?? throw new JsonException("sums are an object");
            if (stored.Confusion is null || new[] { stored.Rows, stored.Hits, stored.Confidence }.Any(bins => bins?.Length != Bins) || stored.Delays?.Length != LabelDelay.Bounds.Count + 1)
                throw new JsonException("they are not all there");
            var sums = new QualitySums { Labels = stored.Labels, Brier = stored.Brier };
            foreach (var cell in stored.Confusion)
                sums.Count(cell.Truth, cell.Predicted, cell.Rows);
            stored.Rows.CopyTo(sums._rows, 0);
            stored.Hits.CopyTo(sums._hits, 0);
            stored.Confidence.CopyTo(sums._confidence, 0);
            stored.Delays.CopyTo(sums._delays, 0);
            return sums;
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException("The sums of a quality window are damaged: they are not what was written.", exception);
        }
    }

    private void Count(string truth, string predicted, long rows)
    {
        var counted = _confusion.GetValueOrDefault((truth, predicted)) + rows;
        if (counted == 0)
            _confusion.Remove((truth, predicted));
        else
            _confusion[(truth, predicted)] = counted;
    }
}

/// <param name="Rows">Labelled predictions of this pair.</param>
internal sealed record ConfusionCell(string Truth, string Predicted, long Rows);

internal sealed record StoredQuality(long Labels, long Brier, IReadOnlyList<ConfusionCell> Confusion, long[] Rows, long[] Hits, long[] Confidence, long[] Delays);
