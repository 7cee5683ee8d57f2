using Plumbline.Inference.Routing;
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
    private DateTimeOffset _from;

    /// <param name="since">When counting began.</param>
    public VersionRecorder(IReadOnlyList<string> labels, DateTimeOffset since)
    {
        (Since, _from) = (since, since);
        _parts = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Part(labels))];
    }

    public DateTimeOffset Since { get; }

    /// <param name="duration">From the whole body to the answer.</param>
    /// <param name="unit">Hash of the unit that was assigned; 0: nothing was.</param>
    public void Answered(PredictionAnswer answer, int count, TimeSpan duration, ulong unit = 0) => Mine.Answered(answer, count, duration, unit);

    /// <summary>A request that failed by the server's fault, or was too slow.</summary>
    public void Failed(ulong unit = 0) => Mine.Failed(unit);

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
            // Units that were told of once need not be told of again.
            var fresh = taken with { UnitSample = taken.UnitSample.Except(_total.UnitSample) };
            (_total, _window) = (VersionSums.Sum(_total, taken), VersionSums.Sum(_window, fresh));
        }
    }

    private Part Mine => _parts[Thread.GetCurrentProcessorId() % _parts.Length];

    private sealed class Part(IReadOnlyList<string> labels)
    {
        private readonly Lock _lock = new();
        private readonly long[] _bins = new long[VersionSums.Bins];
        private readonly long[] _predicted = new long[labels.Count];
        private readonly List<ComparedExample> _examples = [];
        private readonly UnitSums[] _groups = new UnitSums[TrafficRouter.Groups];
        private readonly HashSet<ulong> _units = [];
        private LatencyHistogram _latency = new();
        private long[]? _pairs;
        private long _requests;
        private long _errors;
        private long _rows;
        private double _confidence;
        private double _squares;
        private double _distance;
        private int _level;

        public void Answered(PredictionAnswer answer, int count, TimeSpan duration, ulong unit)
        {
            lock (_lock)
            {
                _requests++;
                var before = _confidence;
                _latency.Record((long)duration.TotalMicroseconds);
                for (var item = 0; item < count; item++)
                {
                    var label = answer.Chosen(item);
                    // What a graph gives need not be within 0 and 1, and what is measured must be.
                    var probability = Math.Clamp((double)answer.Probabilities(item)[label], 0, 1);
                    _predicted[label]++;
                    _rows++;
                    _confidence += probability;
                    _squares += probability * probability;
                    _bins[Math.Clamp((int)(probability * VersionSums.Bins), 0, VersionSums.Bins - 1)]++;
                }
                Assigned(unit, count, _confidence - before, isError: false);
            }
        }

        public void Failed(ulong unit)
        {
            lock (_lock)
            {
                _requests++;
                _errors++;
                Assigned(unit, 0, 0, isError: true);
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
                    UnitSample = UnitSample.Of(_level, _units),
                    ErrorGroups = Groups(static group => group.Requests, static group => group.Errors),
                    Latency = _latency,
                    Confidence = _rows == 0 ? MeanSums.None : new MeanSums(_rows, _confidence, _squares, Groups(static group => group.Rows, static group => group.Confidence)),
                    ConfidenceBins = _rows == 0 ? [] : [.. _bins],
                    Predicted = labels.Zip(_predicted).Where(pair => pair.Second > 0).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal),
                    Compared = _pairs is null ? ComparedSums.None : new ComparedSums(Pairs(_pairs), _distance, [.. _examples]),
                };
                (_requests, _errors, _rows, _confidence, _squares, _distance, _pairs) = (0, 0, 0, 0, 0, 0, null);
                _latency = new LatencyHistogram();
                Array.Clear(_bins);
                Array.Clear(_predicted);
                _examples.Clear();
                _units.Clear();
                Array.Clear(_groups);
                return sums;
            }
        }

        /// <summary>What requests of one unit have in common says less than as many units would: sums by group of units tell how much less.</summary>
        private void Assigned(ulong unit, int rows, double confidence, bool isError)
        {
            if (unit == 0)
                return;
            ref var group = ref _groups[TrafficRouter.GroupOf(unit)];
            group = new UnitSums(group.Requests + 1, group.Errors + (isError ? 1 : 0), group.Rows + rows, group.Confidence + confidence);
            if (!UnitSample.Has(_level, unit) || !_units.Add(unit))
                return;
            while (_units.Count > UnitSample.Most && _level < UnitSample.MostLevel)
            {
                _level++;
                _units.RemoveWhere(other => !UnitSample.Has(_level, other));
            }
        }

        private List<GroupSums> Groups(Func<UnitSums, long> count, Func<UnitSums, double> sum)
        {
            var groups = new List<GroupSums>();
            for (var i = 0; i < _groups.Length; i++)
            {
                if (count(_groups[i]) > 0)
                    groups.Add(new GroupSums(i, count(_groups[i]), sum(_groups[i])));
            }
            return groups;
        }

        private LabelPair[] Pairs(long[] pairs) =>
        [
            .. pairs.Select((rows, at) => new LabelPair(labels[at / labels.Count], labels[at % labels.Count], rows)).Where(pair => pair.Rows > 0)
                .OrderBy(pair => pair.First, StringComparer.Ordinal).ThenBy(pair => pair.Second, StringComparer.Ordinal),
        ];
    }

    /// <summary>Of a group of units.</summary>
    private readonly record struct UnitSums(long Requests, long Errors, long Rows, double Confidence);
}
