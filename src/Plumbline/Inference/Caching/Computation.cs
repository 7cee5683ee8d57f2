namespace Plumbline.Inference.Caching;

/// <summary>An answer that somebody computes, and others wait for.</summary>
public sealed class Computation
{
    private readonly TaskCompletionSource<CachedAnswer?> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Computation(in PredictionKey key) => Key = key;

    public PredictionKey Key { get; }

    /// <summary>Null: whoever computed it gave up, and somebody else has to.</summary>
    public Task<CachedAnswer?> Done => _done.Task;

    internal void End(CachedAnswer? answer) => _done.TrySetResult(answer);
}
