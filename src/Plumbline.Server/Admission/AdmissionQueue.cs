namespace Plumbline.Server.Admission;

/// <summary>
/// What waits to be computed, by priority and in the order in which it came, and when it will be done: <c>docs/specs/admission.md</c>. Thread-safe.
/// </summary>
internal sealed class AdmissionQueue(AdmissionOptions options, TimeProvider time)
{
    /// <summary>Share of what may wait and for how long that requests of low priority have.</summary>
    private const double LowShare = 0.5;

    /// <summary>By which a wait may be longer than foretold: the work before it is as much as it is, but others take time from it.</summary>
    private const double Caution = 1.5;

    /// <summary>Of so many batches one is larger than seems best, so that what is fitted is not taken for granted.</summary>
    private const int Exploration = 64;

    private readonly Lock _lock = new();
    private readonly Level[] _levels = [new(), new(), new()];

    /// <summary>By worker: when it is foretold to be free; 0 if it is.</summary>
    private readonly double[] _ends = new double[options.Concurrency];
    private int _busy;
    private long _batches;

    public bool IsEmpty => Array.TrueForAll(_levels, level => level.Texts == 0);

    public int Texts(RequestPriority priority) => _levels[(int)priority].Texts;

    /// <summary>Until all that waits now is done.</summary>
    public TimeSpan Drain()
    {
        lock (_lock)
            return TimeSpan.FromSeconds(Foretell(RequestPriority.Low));
    }

    /// <returns>Null where it may wait.</returns>
    public Refusal? Add(QueuedPrediction entry)
    {
        lock (_lock)
        {
            if (Judge(entry) is { } reason)
                return new Refusal(reason, TimeSpan.FromSeconds(Foretell(RequestPriority.Low)));
            entry.Since = time.GetTimestamp();
            _levels[(int)entry.Priority].Add(entry);
            return null;
        }
    }

    /// <summary>Takes what is next, and what can be answered with it, and drops what there is no use in.</summary>
    /// <param name="worker">Below <see cref="AdmissionOptions.Concurrency"/>; it computes what it takes, then calls <see cref="Done"/>.</param>
    /// <param name="batch">Receives requests of one generation; several only where they are answered at once.</param>
    /// <returns>False if nothing waits.</returns>
    public bool TryTake(int worker, List<QueuedPrediction> batch)
    {
        batch.Clear();
        lock (_lock)
        {
            foreach (var level in _levels)
            {
                while (level.First is { } node)
                {
                    level.Remove(node);
                    if (node.Value.Futility is { } reason)
                    {
                        node.Value.Drop(reason);
                        continue;
                    }
                    Begin(worker, node.Value, batch);
                    return true;
                }
            }
        }
        return false;
    }

    /// <summary>The worker has computed what it took.</summary>
    public void Done(int worker)
    {
        lock (_lock)
        {
            _ends[worker] = 0;
            _busy--;
        }
    }

    /// <summary>Drops what there is no use in any more, so that nobody waits for a refusal.</summary>
    public void Sweep()
    {
        lock (_lock)
        {
            foreach (var level in _levels)
            {
                for (var node = level.First; node is not null;)
                {
                    var next = node.Next;
                    if (node.Value.Futility is { } reason)
                    {
                        level.Remove(node);
                        node.Value.Drop(reason);
                    }
                    node = next;
                }
            }
        }
    }

    /// <summary>Seconds until workers that are free after <paramref name="free"/> seconds begin what comes after <paramref name="work"/> seconds of work.</summary>
    /// <param name="free">One each; sorted here.</param>
    internal static double Fill(Span<double> free, double work)
    {
        free.Sort();
        var sum = work;
        for (var busy = 1; ; busy++)
        {
            sum += free[busy - 1];
            // Those that are free only later have no part in it.
            if (busy == free.Length || sum / busy <= free[busy])
                return sum / busy;
        }
    }

    private ShedReason? Judge(QueuedPrediction entry)
    {
        var texts = 0;
        for (var level = 0; level <= (int)entry.Priority; level++)
            texts += _levels[level].Texts;
        entry.HasTheWay = texts == 0 && _busy < options.Concurrency;
        if (entry.HasTheWay)
            return null;
        var share = entry.Priority == RequestPriority.Low ? LowShare : 1;
        if (texts + entry.Texts > share * options.QueueTexts)
            return ShedReason.Full;
        var wait = Foretell(entry.Priority);
        return wait > share * options.Wait.TotalSeconds || (Caution * wait) + entry.Foretold > entry.Deadline.Left.TotalSeconds ? ShedReason.Wait : null;
    }

    /// <summary>Seconds that one more of a priority would wait.</summary>
    private double Foretell(RequestPriority priority)
    {
        Span<double> free = stackalloc double[_ends.Length];
        var now = Now();
        for (var worker = 0; worker < free.Length; worker++)
            free[worker] = Math.Max(0, _ends[worker] - now);
        var work = 0.0;
        for (var level = 0; level <= (int)priority; level++)
            work += _levels[level].Seconds;
        return Fill(free, work);
    }

    private void Begin(int worker, QueuedPrediction first, List<QueuedPrediction> batch)
    {
        batch.Add(first);
        var texts = first.Most == 1 ? first.Texts : Gather(first, batch);
        _busy++;
        _ends[worker] = Now() + Math.Max(first.Own, first.Service.Mean(texts));
    }

    /// <summary>Adds what is answered with the first, as long as nobody is late for it.</summary>
    /// <returns>Texts of all.</returns>
    private int Gather(QueuedPrediction first, List<QueuedPrediction> batch)
    {
        var size = first.Service.BatchSize(first.Most);
        if (++_batches % Exploration == 0)
            size = Math.Min(2 * size, first.Most);
        var (shape, left) = (first.Shape, first.Deadline.Left);
        foreach (var level in _levels)
        {
            for (var node = level.First; node is not null && shape.Texts < size;)
            {
                var (next, entry) = (node.Next, node.Value);
                var both = shape.And(entry.Shape);
                var least = entry.Deadline.Left < left ? entry.Deadline.Left : left;
                if (entry.Generation == first.Generation && entry.Most > 1 && both.Texts <= size && both.IsEven && entry.Futility is null
                    && least.TotalSeconds >= first.Service.Mean(both.Texts) + first.Service.Margin)
                {
                    level.Remove(node);
                    batch.Add(entry);
                    (shape, left) = (both, least);
                }
                node = next;
            }
        }
        return shape.Texts;
    }

    private double Now() => (double)time.GetTimestamp() / time.TimestampFrequency;

    /// <summary>Requests of one priority, in the order in which they came.</summary>
    private sealed class Level
    {
        private readonly LinkedList<QueuedPrediction> _entries = [];
        private int _texts;

        public LinkedListNode<QueuedPrediction>? First => _entries.First;

        public int Texts => Volatile.Read(ref _texts);

        public double Seconds { get; private set; }

        public void Add(QueuedPrediction entry)
        {
            _entries.AddLast(entry);
            _texts += entry.Texts;
            Seconds += entry.Seconds;
        }

        public void Remove(LinkedListNode<QueuedPrediction> node)
        {
            _entries.Remove(node);
            _texts -= node.Value.Texts;
            // Sums of what came and went are 0 but for rounding, which would grow.
            Seconds = _entries.Count == 0 ? 0 : Math.Max(0, Seconds - node.Value.Seconds);
        }
    }
}
