using Plumbline.Rollouts;
using Plumbline.Server.Predictions;
using Plumbline.Statistics;

namespace Plumbline.Server.Generations;

/// <summary>
/// Counts what a version answers in a traffic plan, in a part for each core, so that requests do not wait for each other. Thread-safe; counting a request allocates nothing.
/// </summary>
internal sealed class VersionRecorder
{
    private readonly Part[] _parts;
    private readonly Lock _taking = new();
    private VersionSums _total = VersionSums.None;
    private VersionSums _window = VersionSums.None;
    private readonly bool _countsUnits;
    private DateTimeOffset _from;

    /// <param name="since">When counting began.</param>
    /// <param name="countsUnits">Whether each request is a unit. Of users and items no server knows what others have seen.</param>
    public VersionRecorder(IReadOnlyList<string> labels, DateTimeOffset since, bool countsUnits = false)
    {
        (Since, _from, _countsUnits) = (since, since, countsUnits);
        _parts = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Part(labels))];
    }

    public DateTimeOffset Since { get; }

    /// <param name="duration">From the whole body to the answer.</param>
    public void Answered(PredictionAnswer answer, int count, TimeSpan duration) => Mine.Answered(answer, count, duration);

    /// <summary>A request that failed by the server's fault, or was too slow.</summary>
    public void Failed() => Mine.Failed();

    /// <summary>A row that stable answered, and this version after it.</summary>
    /// <param name="distance">½ Σ |p − q|.</param>
    /// <param name="example">Null where they agree.</param>
    public void Compared(int stable, int mine, double distance, ComparedExample? example) => Mine.Compared(stable, mine, distance, example);

    /// <summary>All that was counted.</summary>
    public VersionSums Total()
    {
        lock (_taking)
        {
            Drain();
            return _total;
        }
    }

    /// <summary>What was counted since the last window, or since counting began; null where nothing was.</summary>
    /// <param name="version">As measurements name it.</param>
    /// <param name="source">Names this process.</param>
    /// <param name="until">Now, or when the version lost its part.</param>
    public Measurement? TakeWindow(string version, string source, DateTimeOffset until)
    {
        lock (_taking)
        {
            Drain();
            var (from, window) = (_from, _window);
            if (until <= from)
                return null;
            (_from, _window) = (until, VersionSums.None);
            return window == VersionSums.None || (window.Requests == 0 && window.Compared.Pairs.Count == 0) ? null : new Measurement(version, source, from, until, Replayed: false, window);
        }
    }

    private void Drain()
    {
        foreach (var part in _parts)
        {
            var taken = part.Take();
            taken = _countsUnits ? taken with { Units = taken.Requests } : taken;
            (_total, _window) = (VersionSums.Sum(_total, taken), VersionSums.Sum(_window, taken));
        }
    }

    private Part Mine => _parts[Thread.GetCurrentProcessorId() % _parts.Length];

    private sealed class Part(IReadOnlyList<string> labels)
    {
        private readonly Lock _lock = new();
        private readonly long[] _bins = new long[VersionSums.Bins];
        private readonly long[] _predicted = new long[labels.Count];
        private readonly List<ComparedExample> _examples = [];
        private LatencyHistogram _latency = new();
        private long[]? _pairs;
        private long _requests;
        private long _errors;
        private long _rows;
        private double _confidence;
        private double _squares;
        private double _distance;

        public void Answered(PredictionAnswer answer, int count, TimeSpan duration)
        {
            lock (_lock)
            {
                _requests++;
                _latency.Record((long)duration.TotalMicroseconds);
                for (var item = 0; item < count; item++)
                {
                    var label = answer.Chosen(item);
                    double probability = answer.Probabilities(item)[label];
                    _predicted[label]++;
                    _rows++;
                    _confidence += probability;
                    _squares += probability * probability;
                    _bins[Math.Clamp((int)(probability * VersionSums.Bins), 0, VersionSums.Bins - 1)]++;
                }
            }
        }

        public void Failed()
        {
            lock (_lock)
            {
                _requests++;
                _errors++;
            }
        }

        public void Compared(int stable, int mine, double distance, ComparedExample? example)
        {
            lock (_lock)
            {
                _pairs ??= new long[labels.Count * labels.Count];
                _pairs[(stable * labels.Count) + mine]++;
                _distance += distance;
                if (example is null)
                    return;
                // Those of the smallest keys are a sample of all.
                var at = _examples.FindIndex(other => other.Key > example.Key);
                _examples.Insert(at < 0 ? _examples.Count : at, example);
                if (_examples.Count > ComparedSums.MostExamples)
                    _examples.RemoveAt(ComparedSums.MostExamples);
            }
        }

        /// <summary>What was counted since the last call.</summary>
        public VersionSums Take()
        {
            lock (_lock)
            {
                var sums = new VersionSums
                {
                    Requests = _requests,
                    Errors = _errors,
                    Latency = _latency,
                    Confidence = _rows == 0 ? MeanSums.None : new MeanSums(_rows, _confidence, _squares, []),
                    ConfidenceBins = _rows == 0 ? [] : [.. _bins],
                    Predicted = labels.Zip(_predicted).Where(pair => pair.Second > 0).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal),
                    Compared = _pairs is null ? ComparedSums.None : new ComparedSums(Pairs(_pairs), _distance, [.. _examples]),
                };
                (_requests, _errors, _rows, _confidence, _squares, _distance, _pairs) = (0, 0, 0, 0, 0, 0, null);
                _latency = new LatencyHistogram();
                Array.Clear(_bins);
                Array.Clear(_predicted);
                _examples.Clear();
                return sums;
            }
        }

        private LabelPair[] Pairs(long[] pairs) =>
        [
            .. pairs.Select((rows, at) => new LabelPair(labels[at / labels.Count], labels[at % labels.Count], rows)).Where(pair => pair.Rows > 0)
                .OrderBy(pair => pair.First, StringComparer.Ordinal).ThenBy(pair => pair.Second, StringComparer.Ordinal),
        ];
    }
}
