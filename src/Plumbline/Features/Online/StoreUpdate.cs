namespace Plumbline.Features.Online;

/// <summary>Entities that take the place of all.</summary>
internal sealed record Replacement(EntityTable Entities, bool MayReplace);

/// <summary>What the one writer of an embedded store is asked, and what became of it.</summary>
internal sealed class StoreUpdate(IReadOnlyList<EntityEvent> events, Replacement? replacement)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _failure;

    public IReadOnlyList<EntityEvent> Events => events;

    public Replacement? Replacement => replacement;

    public EventCounts Counts { get; set; }

    public Task Done => _done.Task;

    public void Fail(Exception failure) => _failure ??= failure;

    /// <summary>Tells the caller, once.</summary>
    public void Complete()
    {
        if (_failure is null)
            _done.TrySetResult();
        else
            _done.TrySetException(_failure);
    }
}
