namespace Plumbline.Tuning.Spaces;

/// <summary>Integers from <paramref name="Low"/> to <paramref name="High"/>, both included, each within ±2⁵³.</summary>
/// <param name="Log">Whether equal ratios are equally likely, not equal differences; <paramref name="Low"/> is then at least 1, the step 1.</param>
/// <param name="Step">Only Low + i·Step up to High.</param>
public sealed record IntParameter(string Name, long Low, long High, bool Log = false, long Step = 1) : Parameter(Name)
{
    private const long Largest = 1L << 53;

    internal override long? Count => ((High - Low) / Step) + 1;

    internal override double UnitStep => Log ? 0 : 1.0 / Count!.Value;

    /// <summary>Each integer of a logarithmic range owns half a step to both sides (Akiba et al. 2019), so that the ends are no rarer than their ratio says.</summary>
    private double LogLow => Math.Log(Low - 0.5);

    private double LogHigh => Math.Log(High + 0.5);

    internal override void Validate()
    {
        if (Low < -Largest || High > Largest)
            throw Invalid($"its range {Describe()} goes beyond 2^53 to one side.");
        if (Low > High)
            throw Invalid($"low {Low} is above high {High}; swap them.");
        if (Step < 1)
            throw Invalid($"step {Step} is below 1.");
        if (Log && Low < 1)
            throw Invalid($"low {Low} is below 1, which a logarithmic range needs; raise it or leave log out.");
        if (Log && Step != 1)
            throw Invalid($"it has both log and step {Step}; leave one out.");
        if (Low < High && Step > High - Low)
            throw Invalid($"step {Step} is larger than the range from {Low} to {High}; make it smaller.");
    }

    internal override double ToUnit(ParameterValue value) => Log
        ? (Math.Log(value.AsInt64()) - LogLow) / (LogHigh - LogLow)
        : (((value.AsInt64() - Low) / Step) + 0.5) / Count!.Value;

    internal override ParameterValue FromUnit(double unit) => Log
        ? Math.Clamp((long)Math.Round(Math.Exp(LogLow + (unit * (LogHigh - LogLow)))), Low, High)
        : At(Math.Clamp((long)Math.Floor(unit * Count!.Value), 0, Count!.Value - 1));

    internal override ParameterValue At(long index) => Low + (index * Step);

    internal override bool TryAccept(ParameterValue given, out ParameterValue value)
    {
        value = given;
        return given.Kind == ParameterKind.Int && given.AsInt64() >= Low && given.AsInt64() <= High && (given.AsInt64() - Low) % Step == 0;
    }

    internal override string Describe() => $"{Low} to {High}{(Step > 1 ? $" by {Step}" : "")}";
}
