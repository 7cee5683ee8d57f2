using System.Text;
using Plumbline.Features;
using Plumbline.Inference.Logging;
using Plumbline.Inference.Routing;
using Plumbline.Rollouts;
using Plumbline.Server.Predictions;
using Plumbline.Statistics;

namespace Plumbline.Server.Generations;

/// <summary>Counts what one version answers to logged requests. Not thread-safe.</summary>
internal sealed class ReplayedVersion(ServedModel model, TimeProvider time)
{
    private readonly long[] _predicted = new long[model.Labels.Length];
    private readonly long[] _bins = new long[VersionSums.Bins];
    private readonly (long Rows, double Confidence)[] _groups = new (long, double)[TrafficRouter.Groups];
    private readonly LatencyHistogram _latency = new();
    private readonly float[] _inputs = new float[model.FirstCategorical - model.FirstInput];
    private readonly int[] _categories = new int[model.Features.Length - model.FirstCategorical];
    private long _rows;
    private long _errors;
    private double _confidence;
    private double _squares;

    /// <summary>Of the last text.</summary>
    public float[] Probabilities { get; } = new float[model.Labels.Length];

    /// <summary>Shares of the answered labels.</summary>
    public double[] Shares => [.. _predicted.Select(count => (double)count / Math.Max(1, _rows))];

    /// <summary>Answers a request as it was logged; aggregates of users and items, which the log does not have, are missing.</summary>
    /// <param name="unit">Hash of the unit; 0: none is known.</param>
    /// <returns>Index of the label; −1 where it fails.</returns>
    public int Answer(LoggedPrediction logged, ReadOnlySpan<byte> text, ulong unit)
    {
        ReadInputs(logged);
        var began = time.GetTimestamp();
        int label;
        try
        {
            label = model.Predictor.Predict(text, _inputs, Probabilities, [], _categories);
        }
        // Whatever it is: that is what the replay is to find out.
        catch (Exception)
        {
            _errors++;
            return -1;
        }
        _latency.Record((long)time.GetElapsedTime(began).TotalMicroseconds);
        Count(label, Math.Clamp((double)Probabilities[label], 0, 1), unit);
        return label;
    }

    public VersionSums Sums() => new()
    {
        Requests = _rows + _errors,
        Errors = _errors,
        Latency = _latency,
        Confidence = _rows == 0 ? MeanSums.None : new MeanSums(
            _rows, _confidence, _squares, [.. _groups.Select((group, number) => new GroupSums(number, group.Rows, group.Confidence)).Where(group => group.Count > 0)]),
        ConfidenceBins = _rows == 0 ? [] : [.. _bins],
        Predicted = model.Predictor.Labels.Zip(_predicted).Where(pair => pair.Second > 0).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal),
    };

    private void Count(int label, double probability, ulong unit)
    {
        _rows++;
        _predicted[label]++;
        _confidence += probability;
        _squares += probability * probability;
        _bins[Math.Clamp((int)(probability * VersionSums.Bins), 0, VersionSums.Bins - 1)]++;
        if (unit == 0)
            return;
        ref var group = ref _groups[TrafficRouter.GroupOf(unit)];
        group = (group.Rows + 1, group.Confidence + probability);
    }

    private void ReadInputs(LoggedPrediction logged)
    {
        for (var i = 0; i < _inputs.Length; i++)
            _inputs[i] = logged.Numeric.GetValueOrDefault(model.Features[model.FirstInput + i].Name) ?? float.NaN;
        for (var i = 0; i < _categories.Length; i++)
        {
            _categories[i] = logged.Categorical.GetValueOrDefault(model.Features[model.FirstCategorical + i].Name) switch
            {
                null => Category.Missing,
                "" => Category.Unknown,
                var value => model.Predictor.FindCategory(i, Encoding.UTF8.GetBytes(value)),
            };
        }
    }
}
