using System.Text;
using Plumbline.Datasets;
using Plumbline.Datasets.Aggregates;

namespace Plumbline.Features.Online;

/// <summary>What happened to a user and an item. The values are part of stored formats.</summary>
public enum EntityEventKind
{
    /// <summary>A record was written.</summary>
    Observation = 1,

    /// <summary>The label of a record became known.</summary>
    Label = 2,
}

/// <summary>One event that changes what is known of a user, an item, or both.</summary>
/// <param name="Id">Tells events of one kind apart: a second one of the same kind and id changes nothing while the store remembers the first.</param>
/// <param name="User">Without the ASCII white space around it, as a snapshot has it; blank is none.</param>
/// <param name="Item">Like <paramref name="User"/>.</param>
/// <param name="Value">Characters of the record's text, or the label in millionths (<see cref="LabelValue"/>).</param>
/// <param name="Time">Of the record, or of the arrival of the label (never before its record), in microseconds since 1970 UTC. In any order.</param>
public sealed record EntityEvent(EntityEventKind Kind, string Id, string? User, string? Item, long Value, long Time)
{
    /// <summary>Most UTF-8 bytes of an event's, user's or item's id.</summary>
    public const int MostIdBytes = 1024;

    private const long MostLabel = (long)LabelValue.Limit * LabelValue.Scale;

    public string? User { get; init; } = Clean(User);

    public string? Item { get; init; } = Clean(Item);

    /// <exception cref="ArgumentException">A value is out of its range; the message names it and the event.</exception>
    public void Validate()
    {
        if (string.IsNullOrEmpty(Id))
            throw new ArgumentException("An event needs an id, by which a retry is known.");
        CheckLength(Id, "id");
        CheckLength(User, "user");
        CheckLength(Item, "item");
        if (User is null && Item is null)
            throw new ArgumentException($"The event {FieldCleaning.Quote(Id)} has neither user nor item; it would change nothing.");
        if (Kind == EntityEventKind.Observation && Value is < 0 or > int.MaxValue)
            throw new ArgumentException($"The event {FieldCleaning.Quote(Id)} has {Value} characters; they are 0 to {int.MaxValue}.");
        if (Kind == EntityEventKind.Label && Value is < -MostLabel or > MostLabel)
            throw new ArgumentException($"The event {FieldCleaning.Quote(Id)} has a label beyond ±{LabelValue.Limit:N0}.");
        if (Time == EntityState.NoTime)
            throw new ArgumentException($"The event {FieldCleaning.Quote(Id)} has no time.");
    }

    /// <exception cref="OverflowException">The entity has 2^31 − 1 records or labels, or the sum of its labels leaves 64 bits.</exception>
    internal static void Apply(ref EntityState state, EntityEventKind kind, long value, long time)
    {
        if (kind == EntityEventKind.Observation)
            state.Observe((int)value, time);
        else
            state.ObserveLabel(value, time);
    }

    private static string? Clean(string? id) => id?.Trim(' ', '\t', '\r', '\n') is { Length: > 0 } clean ? clean : null;

    private static void CheckLength(string? id, string name)
    {
        if (id is not null && Encoding.UTF8.GetByteCount(id) is var bytes && bytes > MostIdBytes)
            throw new ArgumentException($"The {name} {FieldCleaning.Quote(id)} is {bytes} bytes long; {MostIdBytes} are allowed.");
    }
}

/// <summary>What became of some events.</summary>
/// <param name="Applied">Those that changed something.</param>
/// <param name="Repeated">Those that were known by their id, and changed nothing.</param>
public readonly record struct EventCounts(int Applied, int Repeated);

/// <summary>What became of the entities of a snapshot.</summary>
/// <param name="TooLong">Those passed over, because their ids have more than <see cref="EntityEvent.MostIdBytes"/> bytes.</param>
public readonly record struct LoadCounts(long Loaded, long TooLong);
