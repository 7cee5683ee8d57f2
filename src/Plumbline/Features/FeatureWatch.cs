namespace Plumbline.Features;

/// <summary>
/// Watches one feature over its last values: it is drift-prone while more of them are missing, out of range or unknown than training makes likely. Thread-safe.
/// </summary>
/// <param name="trainedShare">Share of values of the training data that were missing or unknown.</param>
public sealed class FeatureWatch(double trainedShare)
{
    /// <summary>Values that count.</summary>
    public const int Window = 1024;

    /// <summary>Values below which nothing is said.</summary>
    public const int Least = 100;

    /// <summary>How much more than in training is too much.</summary>
    public const double Margin = 0.1;

    private readonly bool[] _faults = new bool[Window];
    private readonly Lock _lock = new();
    private int _values;
    private int _at;
    private int _faulty;

    /// <summary>Share of the last values that were missing, out of range or unknown; 0 without any.</summary>
    public double Share
    {
        get
        {
            lock (_lock)
                return _values == 0 ? 0 : (double)_faulty / _values;
        }
    }

    public bool IsDriftProne
    {
        get
        {
            lock (_lock)
                return _values >= Least && (double)_faulty / _values > trainedShare + Margin;
        }
    }

    public void Add(int values, bool areFaulty)
    {
        lock (_lock)
        {
            for (; values > 0; values--)
                Add(areFaulty);
        }
    }

    private void Add(bool isFaulty)
    {
        if (_values == Window)
            _faulty -= _faults[_at] ? 1 : 0;
        else
            _values++;
        _faults[_at] = isFaulty;
        _faulty += isFaulty ? 1 : 0;
        _at = (_at + 1) % Window;
    }
}
