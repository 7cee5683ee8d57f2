namespace Plumbline.Rollouts.Gates;

/// <summary>A value and its bounds, held against a limit.</summary>
internal readonly record struct Finding(RolloutGate Gate, string Version, double Value, double Low, double High, double Limit, long Samples, long? StableSamples, GateOutcome Outcome, string? Missing)
{
    public static Finding AtMost(RolloutGate gate, string version, double value, double low, double high, double most, long samples, long? stableSamples) => new(
        gate, version, value, low, high, most, samples, stableSamples, high <= most ? GateOutcome.Success : low > most ? GateOutcome.Failure : GateOutcome.Inconclusive, null);

    public static Finding AtLeast(RolloutGate gate, string version, double value, double low, double high, double least, long samples, long? stableSamples, string? missing) => new(
        gate, version, value, low, high, least, samples, stableSamples, low >= least ? GateOutcome.Success : high < least ? GateOutcome.Failure : GateOutcome.Inconclusive, missing);

    /// <param name="unit">Of the samples.</param>
    /// <param name="what">What was measured, with its value.</param>
    /// <param name="limit">In words.</param>
    /// <param name="bound">Writes a bound.</param>
    public GateVerdict Verdict(string unit, string what, string limit, Func<double, string> bound)
    {
        var fewest = Math.Min(Samples, StableSamples ?? long.MaxValue);
        if (fewest < Gate.Samples || Missing is not null)
        {
            var whose = StableSamples < Samples ? " of the stable version" : "";
            var why = fewest < Gate.Samples ? $"{Words.Count(fewest)} of {Words.Count(Gate.Samples)} {unit}{whose}" : Missing;
            return Of(GateOutcome.Inconclusive, $"{Gate.Text}: {why}, too few to judge");
        }
        var noise = Outcome == GateOutcome.Inconclusive ? ", which leaves it open" : "";
        return Of(Outcome, $"{what} over {Words.Count(Samples)} {unit}, {limit} ({bound(Low)} to {(double.IsFinite(High) ? bound(High) : "any")} is possible{noise})");
    }

    private GateVerdict Of(GateOutcome outcome, string explanation) =>
        new(Gate.Text, Version, outcome, Limit, Samples, false, explanation, Finite(Value), Finite(Low), Finite(High), StableSamples);

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
