using System.Globalization;
using Plumbline.Reporting;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tuning.Pictures;

/// <summary>Where values of a parameter stand on its axis: at the same distances as the sampler sees them, so that a logarithmic parameter has a logarithmic axis.</summary>
internal static class ParameterTicks
{
    private const int Most = 6;

    /// <param name="room">Length of the axis in pixels, for the names of choices along it; infinite where they stand below each other.</param>
    public static IReadOnlyList<AxisTick> Of(Parameter parameter, double room)
    {
        if (parameter is CategoricalParameter categorical)
            return Choices(categorical, room);
        var ticks = Candidates(parameter).Select(value => Tick(parameter, value)).OfType<AxisTick>().DistinctBy(tick => tick.Position).ToArray();
        if (ticks.Length < 2)
            ticks = [.. new[] { parameter.FromUnit(0), parameter.FromUnit(1) }.Distinct().Select(end => new AxisTick(parameter.ToUnit(end), Text(end.AsDouble())))];
        return Thin(ticks);
    }

    private static AxisTick[] Choices(CategoricalParameter parameter, double room)
    {
        var ticks = Thin([.. parameter.Choices.Select(choice => new AxisTick(parameter.ToUnit(choice), choice.ToString()))]);
        return double.IsFinite(room) ? [.. ticks.Select(tick => tick with { Text = Picture.Fit(tick.Text, (room / ticks.Length) - 4) })] : ticks;
    }

    private static AxisTick? Tick(Parameter parameter, double value)
    {
        var given = parameter is IntParameter ? (ParameterValue)(long)Math.Round(value) : value;
        return parameter.TryAccept(given, out var accepted) ? new AxisTick(parameter.ToUnit(accepted), Text(accepted.AsDouble())) : null;
    }

    private static IEnumerable<double> Candidates(Parameter parameter) => parameter switch
    {
        FloatParameter { Log: true } real => Logarithmic(real.Low, real.High),
        IntParameter { Log: true } whole => Logarithmic(whole.Low, whole.High),
        FloatParameter real => Linear(real.Low, real.High, 0),
        IntParameter whole => Linear(whole.Low, whole.High, 1),
        _ => [],
    };

    private static IEnumerable<double> Logarithmic(double low, double high)
    {
        int[] factors = high / low >= 1000 ? [1] : [1, 2, 5];
        for (var exponent = (int)Math.Floor(Math.Log10(low)); exponent <= Math.Log10(high); exponent++)
        {
            foreach (var factor in factors)
                yield return factor * Math.Pow(10, exponent);
        }
    }

    private static IEnumerable<double> Linear(double low, double high, double leastStep)
    {
        if (!(high > low))
            yield break;
        var step = Math.Max(leastStep, Quantity.RoundUp((high - low) / 4));
        var first = Math.Ceiling(low / step);
        for (var tick = 0; (first + tick) * step <= high + (1e-9 * step); tick++)
            yield return (first + tick) * step;
    }

    /// <summary>Every second, third … where there are too many to be read.</summary>
    private static AxisTick[] Thin(AxisTick[] ticks)
    {
        var every = (ticks.Length + Most - 1) / Most;
        return [.. ticks.Where((_, index) => index % Math.Max(1, every) == 0)];
    }

    /// <summary>A value as people read it, with four digits.</summary>
    public static string Text(ParameterValue value) => value.Kind == ParameterKind.Float ? Text(value.AsDouble()) : value.ToString();

    /// <summary>The parameters of a trial as people read them.</summary>
    public static string Text(TrialParameters parameters) => string.Join(", ", parameters.Values.Select(pair => $"{pair.Key}={Text(pair.Value)}"));

    private static string Text(double value) =>
        value != 0 && Math.Abs(value) < 1e-3 ? value.ToString("0.##e0", CultureInfo.InvariantCulture) : Quantity.Short(value);
}
