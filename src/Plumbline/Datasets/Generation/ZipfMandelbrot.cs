using Plumbline.Statistics;

namespace Plumbline.Datasets.Generation;

/// <summary>
/// Ranks 0, 1, 2 … with P(rank) falling as (rank + shift)^-exponent (Mandelbrot 1953), drawn in constant time by
/// inverting the continuous distribution of that density and rounding down.
/// </summary>
internal readonly struct ZipfMandelbrot
{
    private readonly double _shift;
    private readonly double _head;
    private readonly double _range;
    private readonly double _power;
    private readonly double _last;

    /// <param name="exponent">Above 0 and not 1.</param>
    /// <param name="shift">Above 0.</param>
    /// <param name="count">Number of ranks.</param>
    public ZipfMandelbrot(double exponent, double shift, double count)
    {
        _shift = shift;
        _head = Math.Pow(shift, 1 - exponent);
        _range = Math.Pow(count + shift, 1 - exponent) - _head;
        _power = 1 / (1 - exponent);
        _last = count - 1;
    }

    public long Next(RandomSource random) =>
        (long)Math.Clamp(Math.Pow(_head + (random.NextDouble() * _range), _power) - _shift, 0, _last);
}
