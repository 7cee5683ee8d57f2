namespace Plumbline.Datasets.Drift;

/// <summary>How strong a drift is at every point of its axis. Immutable.</summary>
/// <param name="last">Where the source ends on the axis.</param>
internal sealed class DriftSchedule(DriftInjectionOptions options, double last)
{
    private readonly double _until = options.Until ?? (options.Shape == DriftShape.Gradual ? last : double.PositiveInfinity);

    /// <returns>From 0 to the options' strength; 0 where <paramref name="point"/> is NaN.</returns>
    public double At(double point)
    {
        if (!(point >= options.From))
            return 0;
        return options.Strength * options.Shape switch
        {
            DriftShape.Gradual => point >= _until ? 1 : (point - options.From) / (_until - options.From),
            // A sine of that period, raised and shifted, so that it begins at nothing.
            DriftShape.Seasonal => point < _until ? (1 - Math.Cos(2 * Math.PI * (point - options.From) / options.Period!.Value)) / 2 : 0,
            _ => point < _until ? 1 : 0,
        };
    }
}
