using Plumbline.Storage;

namespace Plumbline.Server.Hosting;

/// <summary>A metadata store that is opened when it is first needed, and tried again where that fails. Thread-safe.</summary>
internal sealed class DeferredStore(Func<IMetadataStore> open) : IAsyncDisposable
{
    private readonly SemaphoreSlim _opening = new(1, 1);
    private IMetadataStore? _store;

    /// <exception cref="MetadataException">It does not answer.</exception>
    public async Task<IMetadataStore> OpenAsync(CancellationToken cancellation)
    {
        if (Volatile.Read(ref _store) is { } ready)
            return ready;
        await _opening.WaitAsync(cancellation);
        try
        {
            if (_store is not null)
                return _store;
            var opening = Task.Run(open, CancellationToken.None);
            try
            {
                return _store = await opening.WaitAsync(cancellation);
            }
            catch (OperationCanceledException)
            {
                // A store that does not answer must not hold up the end of the server.
                _ = opening.ContinueWith(static late => late.Result.DisposeAsync().AsTask(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
                throw;
            }
        }
        finally
        {
            _opening.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_store is not null)
            await _store.DisposeAsync();
        _opening.Dispose();
    }
}
