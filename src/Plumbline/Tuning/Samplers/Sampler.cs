using System.Text.Json.Serialization;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tuning.Samplers;

/// <summary>How the parameters of the next trial are chosen, with its options. Immutable.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(RandomSampler), "random")]
[JsonDerivedType(typeof(GridSampler), "grid")]
[JsonDerivedType(typeof(TpeSampler), "tpe")]
[JsonDerivedType(typeof(CmaEsSampler), "cmaes")]
[JsonDerivedType(typeof(Nsga2Sampler), "nsga2")]
public abstract record Sampler
{
    /// <summary>Begins sampling for one study.</summary>
    /// <exception cref="ArgumentException">An option is out of range, or the space or the objectives are not for this sampler.</exception>
    internal abstract ISuggester Begin(SearchSpace space, IReadOnlyList<StudyDirection> directions);

    private protected static void AtLeast(int value, int least, string name)
    {
        if (value < least)
            throw new ArgumentException($"{name}: {value} is below {least}.");
    }
}
