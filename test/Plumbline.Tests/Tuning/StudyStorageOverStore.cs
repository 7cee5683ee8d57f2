using Plumbline.Storage;
using Plumbline.Tuning;

namespace Plumbline.Tests.Tuning;

/// <summary>Studies in a metadata store of any kind.</summary>
public abstract class StudyStorageOverStore : StudyStorageContract
{
    private readonly Dictionary<long, Lease> _begun = [];
    private readonly Lazy<IMetadataStore> _store;

    protected StudyStorageOverStore() => _store = new Lazy<IMetadataStore>(Open);

    private protected override IStudyStorage Storage => new StudyStore(_store.Value, TimeProvider.System);

    private LeaseStore Leases => new(_store.Value, TimeProvider.System);

    public override async ValueTask DisposeAsync()
    {
        if (_store.IsValueCreated)
            await _store.Value.DisposeAsync();
        Cleanup();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected abstract IMetadataStore Open();

    /// <summary>Called after the store was closed.</summary>
    protected abstract void Cleanup();

    protected override async Task<long> BeginLeaseAsync(string name)
    {
        var lease = await Leases.TryAcquireAsync(name, "test", TimeSpan.FromHours(1));
        _begun.Add(lease!.Token, lease);
        return lease.Token;
    }

    protected override Task EndLeaseAsync(long lease) => Leases.ReleaseAsync(_begun[lease]);
}
