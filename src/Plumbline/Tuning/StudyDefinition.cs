using Plumbline.Tuning.Pruners;
using Plumbline.Tuning.Samplers;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tuning;

/// <summary>All that decides what a study does, but for its budget. Immutable.</summary>
public sealed record StudyDefinition
{
    public required string Name { get; init; }

    public required SearchSpace Space { get; init; }

    /// <summary>One for each objective.</summary>
    public IReadOnlyList<StudyDirection> Directions { get; init; } = [StudyDirection.Maximize];

    public Sampler Sampler { get; init; } = new TpeSampler();

    public Pruner Pruner { get; init; } = new NoPruner();

    public ulong Seed { get; init; } = 42;

    /// <summary>
    /// Trials begun and not told at most. Trial n is asked for when trials up to n − Window are told, however many threads there are, so the study
    /// repeats exactly on every machine.
    /// </summary>
    public int Window { get; init; } = 4;

    /// <summary>Whether equal parameters give equal values, so that a repeated trial is answered from the first one.</summary>
    public bool IsDeterministic { get; init; } = true;

    /// <exception cref="ArgumentException">Something is out of its range; the message begins with its name.</exception>
    public void Validate()
    {
        if (string.IsNullOrWhiteSpace(Name))
            throw new ArgumentException("name: a study needs one.");
        if (Directions.Count == 0)
            throw new ArgumentException("directions: a study needs an objective; name one direction for each.");
        if (Window < 1)
            throw new ArgumentException($"window: {Window} is below 1.");
        if (Directions.Count > 1 && Pruner is not NoPruner)
            throw new ArgumentException($"pruner: with {Directions.Count} objectives no intermediate value says which trial is worse; use none.");
        Pruner.Validate();
        Sampler.Begin(Space, Directions);
    }
}
