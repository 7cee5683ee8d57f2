namespace Plumbline.Datasets.Profiling;

/// <summary>Count, extremes and moments of numbers in the order in which they come. Not thread-safe.</summary>
internal struct NumberCollector
{
    private const int Intervals = 200;

    // Moments about the first value: about zero, those of times would drown in rounding.
    private double _first;
    private double _sum;
    private double _squares;

    public long Count { get; private set; }

    public double Min { get; private set; }

    public double Max { get; private set; }

    public void Add(double value)
    {
        if (Count++ == 0)
            _first = Min = Max = value;
        else if (value < Min)
            Min = value;
        else if (value > Max)
            Max = value;
        var distance = value - _first;
        _sum += distance;
        _squares += distance * distance;
    }

    /// <param name="sample">Values for the quantiles between the extremes; sorted here.</param>
    /// <returns>Null where there was no value.</returns>
    public readonly NumberProfile? Build(Span<double> sample)
    {
        if (Count == 0)
            return null;
        sample.Sort();
        var quantiles = new double[Intervals + 1];
        for (var i = 1; i < Intervals; i++)
            quantiles[i] = sample.IsEmpty ? Min : sample[(int)Math.Round(i / (double)Intervals * (sample.Length - 1))];
        (quantiles[0], quantiles[Intervals]) = (Min, Max);
        var variance = (_squares - (_sum * _sum / Count)) / Count;
        return new NumberProfile(Count, Min, Max, _first + (_sum / Count), Math.Sqrt(Math.Max(0, variance)), quantiles);
    }
}
