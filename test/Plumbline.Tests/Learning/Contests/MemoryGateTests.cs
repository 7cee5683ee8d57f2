using Plumbline.Learning.Contests;

namespace Plumbline.Tests.Learning.Contests;

public sealed class MemoryGateTests
{
    private readonly MemoryGate _gate = new(100);

    [Fact]
    public async Task Enter_FitsBesideOthers_BeginsAtOnceElseWhenThereIsRoom()
    {
        var (one, two) = (await EnterAsync(60), await EnterAsync(40));
        var (three, four) = (EnterAsync(50), EnterAsync(1));
        three.IsCompleted.ShouldBeFalse();
        four.IsCompleted.ShouldBeFalse("they begin in the order of asking, so that a large one is not kept waiting for ever");
        two.Dispose();
        three.IsCompleted.ShouldBeFalse();
        one.Dispose();
        (await three).Dispose();
        (await four).Dispose();
    }

    [Fact]
    public async Task Enter_MoreThanTheLimit_Alone()
    {
        var small = await EnterAsync(1);
        var large = EnterAsync(1_000);
        large.IsCompleted.ShouldBeFalse();
        small.Dispose();
        var alone = await large;
        var next = EnterAsync(1);
        next.IsCompleted.ShouldBeFalse();
        alone.Dispose();
        (await next).Dispose();
    }

    [Fact]
    public async Task Enter_CancelledWhileWaiting_LetsTheNextIn()
    {
        using var cancellation = new CancellationTokenSource();
        using var one = await EnterAsync(60);
        var two = _gate.EnterAsync(50, cancellation.Token);
        var three = EnterAsync(40);
        three.IsCompleted.ShouldBeFalse();
        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => two);
        (await three).Dispose();
    }

    private Task<IDisposable> EnterAsync(long bytes) => _gate.EnterAsync(bytes, TestContext.Current.CancellationToken);
}
