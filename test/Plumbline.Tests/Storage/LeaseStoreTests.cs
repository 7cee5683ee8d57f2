using Plumbline.Storage;

namespace Plumbline.Tests.Storage;

public sealed class LeaseStoreTests : IAsyncDisposable
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly SqliteMetadataStore _store;
    private readonly LeaseStore _leases;

    public LeaseStoreTests()
    {
        _store = SqliteMetadataStore.Open(_folder.File("plumbline.db"), _time);
        _leases = new LeaseStore(_store, _time);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task TryAcquireAsync_Held_RefusedUntilItEnds()
    {
        var first = (await _leases.TryAcquireAsync("work", "one", Minute, Token)).ShouldNotBeNull();
        (await _leases.TryAcquireAsync("work", "two", Minute, Token)).ShouldBeNull();
        (await _leases.TryAcquireAsync("other work", "two", Minute, Token)).ShouldNotBeNull();
        (await _leases.FindAsync("work", Token)).ShouldBe(first);
        _time.UnixMilliseconds += 60_001;
        (await _leases.FindAsync("work", Token)).ShouldBeNull();
        var second = (await _leases.TryAcquireAsync("work", "two", Minute, Token)).ShouldNotBeNull();
        second.Token.ShouldBeGreaterThan(first.Token);
    }

    [Fact]
    public async Task RenewAsync_UntilOver_HoldsItLonger()
    {
        var lease = (await _leases.TryAcquireAsync("work", "one", Minute, Token))!;
        _time.UnixMilliseconds += 50_000;
        (await _leases.RenewAsync(lease, Minute, Token)).ShouldBeTrue();
        _time.UnixMilliseconds += 50_000;
        (await _leases.TryAcquireAsync("work", "two", Minute, Token)).ShouldBeNull();
        _time.UnixMilliseconds += 10_001;
        (await _leases.RenewAsync(lease, Minute, Token)).ShouldBeFalse();
    }

    [Fact]
    public async Task ReleaseAsync_ByAFormerHolder_ChangesNothing()
    {
        var former = (await _leases.TryAcquireAsync("work", "one", Minute, Token))!;
        _time.UnixMilliseconds += 60_001;
        var present = (await _leases.TryAcquireAsync("work", "two", Minute, Token))!;
        await _leases.ReleaseAsync(former, Token);
        (await _leases.RenewAsync(former, Minute, Token)).ShouldBeFalse();
        (await _leases.FindAsync("work", Token)).ShouldBe(present);
        await _leases.ReleaseAsync(present, Token);
        (await _leases.TryAcquireAsync("work", "one", Minute, Token)).ShouldNotBeNull();
    }

    [Fact]
    public async Task IsHeld_Token_OnlyWhileItsLeaseRuns()
    {
        var lease = (await _leases.TryAcquireAsync("work", "one", Minute, Token))!;
        (await IsHeldAsync(lease.Token)).ShouldBeTrue();
        (await IsHeldAsync(lease.Token + 1)).ShouldBeFalse();
        await _leases.ReleaseAsync(lease, Token);
        (await IsHeldAsync(lease.Token)).ShouldBeFalse();

        Task<bool> IsHeldAsync(long token) => _store.ReadAsync(connection => LeaseStore.IsHeld(connection, token, _time.GetUtcNow()), Token);
    }

    [Fact]
    public async Task AcquireAsync_Held_WaitsAndSaysForWhom()
    {
        var leases = new LeaseStore(_store, TimeProvider.System);
        var first = await HeldLease.AcquireAsync(leases, "work", "one", TimeProvider.System, cancellation: Token);
        var told = new TaskCompletionSource<string>();
        var second = HeldLease.AcquireAsync(leases, "work", "two", TimeProvider.System, holder => told.SetResult(holder.Holder), Token);
        (await told.Task).ShouldBe("one");
        second.IsCompleted.ShouldBeFalse();
        await first.DisposeAsync();
        await using var held = await second;
        held.Lease.Token.ShouldBeGreaterThan(first.Lease.Token);
    }
}
