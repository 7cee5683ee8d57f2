using System.Globalization;

namespace Plumbline.Tuning.Spaces;

/// <summary>Numbers from <paramref name="Low"/> to <paramref name="High"/>, both included.</summary>
/// <param name="Log">Whether equal ratios are equally likely, not equal differences; <paramref name="Low"/> is then above 0.</param>
/// <param name="Step">Only Low + i·Step up to High; null: all.</param>
public sealed record FloatParameter(string Name, double Low, double High, bool Log = false, double? Step = null) : Parameter(Name)
{
    // Steps such as 0.1 are not exact in binary: as many as end this share of a step beyond High still count.
    private const double Slack = 1e-8;

    internal override long? Count => Low == High ? 1 : Step is { } step ? (long)(((High - Low) / step) + Slack) + 1 : null;

    internal override double UnitStep => Count is { } count ? 1.0 / count : 0;

    internal override void Validate()
    {
        if (!double.IsFinite(Low) || !double.IsFinite(High) || !double.IsFinite(High - Low))
            throw Invalid($"its range {Describe()} is not finite.");
        if (Low > High)
            throw Invalid($"low {Text(Low)} is above high {Text(High)}; swap them.");
        if (Log && Low <= 0)
            throw Invalid($"low {Text(Low)} is not above 0, which a logarithmic range needs; raise it or leave log out.");
        if (Step is not { } step)
            return;
        if (Log)
            throw Invalid($"it has both log and step {Text(step)}; leave one out.");
        if (!(step > 0) || !double.IsFinite(step))
            throw Invalid($"step {Text(step)} is not above 0.");
        if (step > High - Low)
            throw Invalid($"step {Text(step)} is larger than the range from {Text(Low)} to {Text(High)}; make it smaller.");
        if ((High - Low) / step > 1L << 53)
            throw Invalid($"step {Text(step)} is too small for the range from {Text(Low)} to {Text(High)}.");
    }

    internal override double ToUnit(ParameterValue value)
    {
        var number = value.AsDouble();
        if (Count is { } count)
            return (Index(number) + 0.5) / count;
        return Log ? (Math.Log(number) - Math.Log(Low)) / (Math.Log(High) - Math.Log(Low)) : (number - Low) / (High - Low);
    }

    internal override ParameterValue FromUnit(double unit)
    {
        if (Count is { } count)
            return At(Math.Clamp((long)Math.Floor(unit * count), 0, count - 1));
        var number = Log ? Math.Exp(Math.Log(Low) + (unit * (Math.Log(High) - Math.Log(Low)))) : Low + (unit * (High - Low));
        return Math.Clamp(number, Low, High);
    }

    internal override ParameterValue At(long index) => Math.Min(Low + (index * (Step ?? 0)), High);

    internal override bool TryAccept(ParameterValue given, out ParameterValue value)
    {
        value = given;
        if (given.Kind is not (ParameterKind.Float or ParameterKind.Int))
            return false;
        var number = given.AsDouble();
        if (Count is not { } count)
        {
            value = number;
            return number >= Low && number <= High;
        }
        var index = Index(number);
        if (index < 0 || index >= count)
            return false;
        value = At((long)index);
        return Math.Abs(value.AsDouble() - number) <= Slack * (Step ?? Math.Abs(Low));
    }

    internal override string Describe() => $"{Text(Low)} to {Text(High)}{(Step is { } step ? $" by {Text(step)}" : "")}";

    private double Index(double number) => Step is { } step ? Math.Round((number - Low) / step) : 0;

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
