namespace Plumbline.Rollouts.Gates;

/// <summary>What became of a gate.</summary>
/// <param name="Gate">Its kind, with the label if it has one.</param>
/// <param name="Version">The candidate that was judged.</param>
/// <param name="Limit">In the unit of the value.</param>
/// <param name="Samples">Of the candidate.</param>
/// <param name="Replayed">Whether it was judged on replayed traffic.</param>
/// <param name="Explanation">Value, samples and limit in words.</param>
/// <param name="Value">What was measured; null without samples.</param>
/// <param name="Low">Least that the true value may be, however often one looks; null where nothing bounds it.</param>
/// <param name="High">Most that it may be.</param>
/// <param name="StableSamples">Null where it is not compared with the stable version.</param>
public sealed record GateVerdict(
    string Gate, string Version, GateOutcome Outcome, double Limit, long Samples, bool Replayed, string Explanation,
    double? Value = null, double? Low = null, double? High = null, long? StableSamples = null);

public enum GateOutcome
{
    /// <summary>The limit is kept, noise included.</summary>
    Success,

    /// <summary>The limit is broken, and noise does not explain it.</summary>
    Failure,

    /// <summary>Too few samples, or noise that reaches over the limit.</summary>
    Inconclusive,
}
