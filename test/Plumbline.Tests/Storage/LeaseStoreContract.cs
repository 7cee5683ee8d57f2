using Plumbline.Storage;

namespace Plumbline.Tests.Storage;

/// <summary>Leases over a metadata store of any kind.</summary>
public abstract class LeaseStoreContract : BackendTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly ManualTime _time = new();

    private LeaseStore Leases => new(Store, _time);

    [Fact]
    public async Task TryAcquireAsync_Held_RefusedUntilItEnds()
    {
        var first = (await Leases.TryAcquireAsync("work", "one", Minute, Token)).ShouldNotBeNull();
        (await Leases.TryAcquireAsync("work", "two", Minute, Token)).ShouldBeNull();
        (await Leases.TryAcquireAsync("other work", "two", Minute, Token)).ShouldNotBeNull();
        (await Leases.FindAsync("work", Token)).ShouldBe(first);
        _time.UnixMilliseconds += 60_001;
        (await Leases.FindAsync("work", Token)).ShouldBeNull();
        var second = (await Leases.TryAcquireAsync("work", "two", Minute, Token)).ShouldNotBeNull();
        second.Token.ShouldBeGreaterThan(first.Token);
    }

    [Fact]
    public async Task RenewAsync_UntilOver_HoldsItLonger()
    {
        var lease = (await Leases.TryAcquireAsync("work", "one", Minute, Token))!;
        _time.UnixMilliseconds += 50_000;
        (await Leases.RenewAsync(lease, Minute, Token)).ShouldBeTrue();
        _time.UnixMilliseconds += 50_000;
        (await Leases.TryAcquireAsync("work", "two", Minute, Token)).ShouldBeNull();
        _time.UnixMilliseconds += 10_001;
        (await Leases.RenewAsync(lease, Minute, Token)).ShouldBeFalse();
    }

    [Fact]
    public async Task ReleaseAsync_ByAFormerHolder_ChangesNothing()
    {
        var former = (await Leases.TryAcquireAsync("work", "one", Minute, Token))!;
        _time.UnixMilliseconds += 60_001;
        var present = (await Leases.TryAcquireAsync("work", "two", Minute, Token))!;
        await Leases.ReleaseAsync(former, Token);
        (await Leases.RenewAsync(former, Minute, Token)).ShouldBeFalse();
        (await Leases.FindAsync("work", Token)).ShouldBe(present);
        await Leases.ReleaseAsync(present, Token);
        (await Leases.TryAcquireAsync("work", "one", Minute, Token)).ShouldNotBeNull();
    }

    [Fact]
    public async Task IsHeld_Token_OnlyWhileItsLeaseRuns()
    {
        var lease = (await Leases.TryAcquireAsync("work", "one", Minute, Token))!;
        (await IsHeldAsync(lease.Token)).ShouldBeTrue();
        (await IsHeldAsync(lease.Token + 1)).ShouldBeFalse();
        await Leases.ReleaseAsync(lease, Token);
        (await IsHeldAsync(lease.Token)).ShouldBeFalse();

        Task<bool> IsHeldAsync(long token) => Store.ReadAsync(connection => LeaseStore.IsHeld(connection, token, _time.GetUtcNow()), Token);
    }

    [Fact]
    public async Task AcquireAsync_Held_WaitsAndSaysForWhom()
    {
        var leases = new LeaseStore(Store, TimeProvider.System);
        var first = await HeldLease.AcquireAsync(leases, "work", "one", TimeProvider.System, cancellation: Token);
        var told = new TaskCompletionSource<string>();
        var second = HeldLease.AcquireAsync(leases, "work", "two", TimeProvider.System, holder => told.SetResult(holder.Holder), Token);
        (await told.Task).ShouldBe("one");
        second.IsCompleted.ShouldBeFalse();
        await first.DisposeAsync();
        await using var held = await second;
        held.Lease.Token.ShouldBeGreaterThan(first.Lease.Token);
    }

    [Fact]
    public async Task TryAcquireAsync_ManyAtOnceFromTwoStores_OneHoldsIt()
    {
        LeaseStore[] stores = [Leases, new(OpenAnother(), _time)];
        for (var round = 0; round < 5; round++)
        {
            var leases = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => stores[i % 2].TryAcquireAsync("work", $"{i}", Minute, Token)));
            leases.Where(lease => lease is not null).ShouldHaveSingleItem().ShouldBe(await Leases.FindAsync("work", Token));
            _time.UnixMilliseconds += 60_001;
        }
    }
}
