using Plumbline.Monitoring;

namespace Plumbline.Server.Monitoring;

/// <summary>The windows of this process that are still to be told, or may change yet. For one caller at a time.</summary>
/// <param name="process">Names this process.</param>
internal sealed class DriftTelling(string process)
{
    /// <summary>Windows that wait at most while the store does not answer; the oldest go first.</summary>
    private const int MostWaiting = 64;

    private readonly Dictionary<(string Version, DateTimeOffset Start), Waiting> _windows = [];

    /// <summary>Requests whose windows were given up.</summary>
    public long Lost { get; private set; }

    /// <summary>Adds what a version counted up to now.</summary>
    public void Add(string version, DateTimeOffset now, DriftSketch counted)
    {
        if (counted.Requests == 0)
            return;
        // What was counted up to the very end of a window is that window's.
        var key = (version, DriftWindow.StartOf(now.AddTicks(-1), DriftWindow.ShortLength));
        if (!_windows.TryGetValue(key, out var waiting) || !waiting.Sketch.Schema.IsSame(counted.Schema))
            _windows[key] = waiting = new Waiting(new DriftSketch(counted));
        else
            waiting.Sketch.Merge(counted);
        waiting.IsTold = false;
        while (_windows.Count > MostWaiting)
            GiveUp(_windows.Keys.MinBy(window => window.Start));
    }

    /// <summary>What the store does not know yet.</summary>
    public IReadOnlyList<DriftWindow> Untold(DateTimeOffset now)
    {
        foreach (var late in _windows.Keys.Where(key => key.Start + DriftWindow.ShortLength + DriftWindows.LatestAfter < now).ToArray())
            GiveUp(late);
        return [.. _windows.Where(pair => !pair.Value.IsTold).Select(pair => new DriftWindow(pair.Key.Version, pair.Key.Start, DriftWindow.ShortLength, process, pair.Value.Sketch))];
    }

    /// <summary>Says that the store knows all of it.</summary>
    public void Told(DateTimeOffset now)
    {
        foreach (var (key, waiting) in _windows.ToArray())
        {
            waiting.IsTold = true;
            if (key.Start + DriftWindow.ShortLength < now)
                _windows.Remove(key);
        }
    }

    private void GiveUp((string, DateTimeOffset) key)
    {
        if (_windows.Remove(key, out var waiting) && !waiting.IsTold)
            Lost += waiting.Sketch.Requests;
    }

    private sealed class Waiting(DriftSketch sketch)
    {
        public DriftSketch Sketch => sketch;

        public bool IsTold { get; set; }
    }
}
