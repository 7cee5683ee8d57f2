using System.Data.Common;

namespace Plumbline.Storage;

/// <summary>A change waiting for its turn in a group; its task completes after the group's commit.</summary>
/// <param name="owner">Whose rows it locks; null if any.</param>
internal abstract class WriteOperation(string? owner)
{
    private int _claimed;

    public string? Owner => owner;

    /// <summary>Operations of one change may run together.</summary>
    public abstract Delegate Change { get; }

    /// <summary>True for the first claim only: the writer claims to run, cancellation claims to skip.</summary>
    public bool TryClaim() => Interlocked.Exchange(ref _claimed, 1) == 0;

    /// <summary>Runs the change and keeps its result until <see cref="Complete"/>; what a run before gave or threw is forgotten.</summary>
    public abstract void Run(DbConnection connection);

    /// <summary>Runs all of <paramref name="same"/>, which have this one's change, and keeps their results.</summary>
    public virtual void Run(DbConnection connection, IReadOnlyList<WriteOperation> same)
    {
        foreach (var operation in same)
            operation.Run(connection);
    }

    /// <summary>Keeps what the change threw until <see cref="Complete"/>.</summary>
    public abstract void Reject(Exception exception);

    public abstract void Complete();
}

internal class WriteOperation<T>(Func<DbConnection, T> change, string? owner = null) : WriteOperation(owner)
{
    // Callers go on elsewhere: the writer's thread belongs to the next group.
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The change runs on a thread that knows nothing of the caller's.
    private readonly AuditOrigin _origin = AuditOrigin.Current;
    private T? _result;
    private Exception? _exception;

    public Task<T> Task => _completion.Task;

    public override Delegate Change => change;

    public override void Run(DbConnection connection)
    {
        AuditOrigin.Current = _origin;
        Keep(change(connection));
    }

    public override void Reject(Exception exception) => _exception = exception;

    public void Cancel(CancellationToken cancellation)
    {
        if (TryClaim())
            _completion.TrySetCanceled(cancellation);
    }

    public override void Complete()
    {
        if (_exception is null)
            _completion.TrySetResult(_result!);
        else
            _completion.TrySetException(_exception);
    }

    protected void Keep(T result) => (_result, _exception) = (result, null);
}
