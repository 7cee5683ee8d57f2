using System.Text.Json.Serialization;

namespace Plumbline.Tuning.Pruners;

/// <summary>
/// When a trial is not worth finishing, with its options. Immutable, so thread-safe. A decision depends on the arguments alone: the trial's own values and those of
/// trials told before it was begun, never on what happens beside it, so that a study repeats.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(NoPruner), "none")]
[JsonDerivedType(typeof(PercentilePruner), "percentile")]
[JsonDerivedType(typeof(SuccessiveHalvingPruner), "successive_halving")]
[JsonDerivedType(typeof(HyperbandPruner), "hyperband")]
[JsonDerivedType(typeof(PatientPruner), "patient")]
public abstract record Pruner
{
    /// <exception cref="ArgumentException">An option is out of its range; the message begins with its name.</exception>
    internal abstract void Validate();

    /// <summary>Whether to stop the trial after its last report.</summary>
    internal abstract bool ShouldPrune(PruningContext context);

    private protected static void AtLeast(int value, int least, string name)
    {
        if (value < least)
            throw new ArgumentException($"{name}: {value} is below {least}.");
    }
}
