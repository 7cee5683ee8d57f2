using Plumbline.Storage;
using Plumbline.Tests.Storage;
using Plumbline.Tuning;

namespace Plumbline.Tests.Tuning;

public sealed class SqliteStudyStorageTests : StudyStorageContract
{
    private readonly TemporaryFolder _folder = new();
    private readonly SqliteMetadataStore _store;
    private readonly LeaseStore _leases;
    private readonly Dictionary<long, Lease> _begun = [];

    public SqliteStudyStorageTests()
    {
        _store = SqliteMetadataStore.Open(_folder.File("plumbline.db"), TimeProvider.System);
        _leases = new LeaseStore(_store, TimeProvider.System);
        Storage = new StudyStore(_store, TimeProvider.System);
    }

    private protected override IStudyStorage Storage { get; }

    public override async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
        await base.DisposeAsync();
    }

    protected override async Task<long> BeginLeaseAsync(string name)
    {
        var lease = await _leases.TryAcquireAsync(name, "test", TimeSpan.FromHours(1));
        _begun.Add(lease!.Token, lease);
        return lease.Token;
    }

    protected override Task EndLeaseAsync(long lease) => _leases.ReleaseAsync(_begun[lease]);
}
