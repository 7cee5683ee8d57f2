using Plumbline.Datasets;
using Plumbline.Datasets.Sources;

namespace Plumbline.Tests.Datasets.Sources;

public sealed class ServerCallsTests
{
    private static readonly RetryOptions Fast = new() { Attempts = 5, FirstDelay = TimeSpan.FromMilliseconds(1), LongestDelay = TimeSpan.FromMilliseconds(4) };

    [Fact]
    public void Run_PassingFailure_IsTriedUntilItSucceeds()
    {
        var tries = 0;
        Calls(Fast).Run("a store", _ => ++tries < 5 ? throw new IOException("busy") : Task.FromResult(tries), TestContext.Current.CancellationToken).ShouldBe(5);
    }

    [Fact]
    public void Run_LastingFailure_IsToldAtOnce()
    {
        var tries = 0;
        Failure(Fast, _ => ++tries > 0 ? throw new InvalidDataException("no such thing") : Task.FromResult(0)).ShouldBe("a store: no such thing");
        tries.ShouldBe(1);
    }

    [Fact]
    public void Run_PassingFailureThatStays_TellsTriesTimeAndAnswer()
    {
        var tries = 0;
        var message = Failure(Fast, _ => ++tries > 0 ? throw new IOException("busy") : Task.FromResult(0));
        message.ShouldStartWith("a store: tried 5 times in ");
        message.ShouldEndWith(" s; the last answer: busy. Try again later, or allow more with data.retry");
        tries.ShouldBe(5);
    }

    [Fact]
    public void Run_NoAnswer_EndsEachTryAndAll()
    {
        var options = Fast with { Attempts = 2, AttemptTimeout = TimeSpan.FromMilliseconds(20) };
        Failure(options, async token =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return 0;
        }).ShouldContain("tried 2 times in ");
        var patient = Fast with { Attempts = 100, LongestDelay = TimeSpan.FromSeconds(9), FirstDelay = TimeSpan.FromSeconds(9), TotalTime = TimeSpan.FromMilliseconds(30) };
        Failure(patient, _ => throw new IOException("busy")).ShouldBe("a store: busy");
    }

    [Fact]
    public void Run_Stopped_IsCancelled()
    {
        using var stop = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => Calls(Fast).Run("a store", token =>
        {
            stop.Cancel();
            token.ThrowIfCancellationRequested();
            return Task.FromResult(0);
        }, stop.Token));
    }

    private static ServerCalls Calls(RetryOptions options) =>
        new(options, attemptTimeout: true, error => error is IOException, error => error.Message);

    private static string Failure(RetryOptions options, Func<CancellationToken, Task<int>> call) =>
        Should.Throw<DatasetException>(() => Calls(options).Run("a store", call, TestContext.Current.CancellationToken)).Message;
}
