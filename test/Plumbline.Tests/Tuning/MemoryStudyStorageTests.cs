using Plumbline.Tuning;

namespace Plumbline.Tests.Tuning;

public sealed class MemoryStudyStorageTests : StudyStorageContract
{
    private readonly MemoryStudyStorage _storage = new();
    private long _lease;

    private protected override IStudyStorage Storage => _storage;

    protected override Task<long> BeginLeaseAsync(string name) => Task.FromResult(++_lease);

    protected override Task EndLeaseAsync(long lease)
    {
        _storage.EndLease(lease);
        return Task.CompletedTask;
    }
}
