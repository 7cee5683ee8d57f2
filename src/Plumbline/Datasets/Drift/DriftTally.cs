namespace Plumbline.Datasets.Drift;

/// <summary>What was done to records, by window of the axis. Not thread-safe; one for each batch, added up in any order.</summary>
internal sealed class DriftTally(int windows)
{
    private static readonly int Kinds = Enum.GetValues<DriftInjectionKind>().Length;

    private readonly long[,] _changed = new long[windows, Kinds];
    private readonly long[] _read = new long[windows];
    private readonly long[] _written = new long[windows];
    private readonly double[] _strength = new double[windows];

    /// <summary>Records without a point on the axis, which stay as they are.</summary>
    public long Unplaced { get; private set; }

    public long Written { get; private set; }

    /// <param name="window">−1 where the record has no point on the axis.</param>
    public void Add(int window, double strength, int copies)
    {
        Written += copies;
        if (window < 0)
        {
            Unplaced++;
            return;
        }
        _read[window]++;
        _written[window] += copies;
        _strength[window] += strength;
    }

    public void Changed(int window, DriftInjectionKind kind) => _changed[window, (int)kind]++;

    public void Add(DriftTally other)
    {
        Unplaced += other.Unplaced;
        Written += other.Written;
        for (var window = 0; window < windows; window++)
        {
            _read[window] += other._read[window];
            _written[window] += other._written[window];
            _strength[window] += other._strength[window];
            for (var kind = 0; kind < Kinds; kind++)
                _changed[window, kind] += other._changed[window, kind];
        }
    }

    public DriftWindow Window(int window, double from, double to, IEnumerable<DriftInjectionKind> kinds) => new(
        from, to, _read[window], _written[window], _read[window] == 0 ? 0 : _strength[window] / _read[window],
        new SortedDictionary<DriftInjectionKind, long>(kinds.ToDictionary(kind => kind, kind => _changed[window, (int)kind])));
}
