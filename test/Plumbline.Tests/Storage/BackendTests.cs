using Plumbline.Storage;

namespace Plumbline.Tests.Storage;

/// <summary>Tests over a metadata store of any kind: a backend inherits them and says how to open one more store on the same database.</summary>
public abstract class BackendTests : IAsyncLifetime
{
    private readonly List<IMetadataStore> _opened = [];

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected IMetadataStore Store { get; private set; } = null!;

    public virtual ValueTask InitializeAsync()
    {
        Store = OpenAnother();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _opened)
            await store.DisposeAsync();
        Cleanup();
        GC.SuppressFinalize(this);
    }

    protected IMetadataStore OpenAnother()
    {
        var store = Open();
        _opened.Add(store);
        return store;
    }

    protected abstract IMetadataStore Open();

    /// <summary>Called after every store was closed.</summary>
    protected abstract void Cleanup();
}
