using Plumbline.Datasets;
using Plumbline.Inference.Batch;
using Plumbline.Storage.Artifacts;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Inference.Batch;

public sealed class StoreLockTests : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    private readonly TemporaryFolder _folder = new();
    private readonly FileObjectStore _store;

    public StoreLockTests() => _store = new FileObjectStore(_folder.Path);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task TakeAsync_WhileAnotherBeats_RefusedWithWho()
    {
        await using (await TakeAsync())
        {
            (await Should.ThrowAsync<DatasetException>(TakeAsync)).Message.ShouldContain($"being written by another process ({Environment.MachineName}:{Environment.ProcessId})");
            (await Should.ThrowAsync<DatasetException>(TakeAsync)).Message.ShouldStartWith("s3://bucket/out.csv");
        }
        await (await TakeAsync()).DisposeAsync();
        (await _store.ListAsync("out.csv.locks", null, 10, Token)).Entries.ShouldBeEmpty();
    }

    [Fact]
    public async Task TakeAsync_OneOfADeadProcess_TakenOverAfterItsTime()
    {
        await PutAsync("dead", """{"holder":"there:1","beats":7}""");
        await using var held = await TakeAsync();
        await held.CheckAsync(Token);
        (await _store.ListAsync("out.csv.locks", null, 10, Token)).Entries.ShouldHaveSingleItem().Name.ShouldNotBe("dead");
    }

    [Fact]
    public async Task CheckAsync_TakenForDead_RefusesToWriteAndStaysSo()
    {
        await using var held = await TakeAsync();
        var name = (await _store.ListAsync("out.csv.locks", null, 10, Token)).Entries.ShouldHaveSingleItem().Name;
        await _store.DeleteAsync($"out.csv.locks/{name}", Token);
        await Task.Delay(3 * Beat, Token);
        (await Should.ThrowAsync<DatasetException>(() => held.CheckAsync(Token))).Message.ShouldContain("by now");
    }

    [Fact]
    public async Task TakeAsync_ManyAtOnce_AtMostOneHoldsIt()
    {
        for (var round = 0; round < 5; round++)
        {
            var taken = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
            {
                try
                {
                    return await TakeAsync();
                }
                catch (DatasetException)
                {
                    return null;
                }
            }));
            taken.Count(one => one is not null).ShouldBeLessThanOrEqualTo(1);
            foreach (var one in taken.OfType<StoreLock>())
                await one.DisposeAsync();
        }
    }

    [Fact]
    public async Task TakeAsync_WorkersOfOneJob_TogetherAndOthersRefusedUntilItEnds()
    {
        var (job, hasEnded) = (new OutputOwner("job-1", (_, _) => Task.FromResult(false)), false);
        var other = new OutputOwner("job-2", (id, _) => Task.FromResult(id == "job-1" && hasEnded));
        await using var one = await TakeAsync(job);
        await using (var two = await TakeAsync(job))
            (await Should.ThrowAsync<DatasetException>(() => TakeAsync(other))).Message.ShouldContain("is being written by batch job job-1 (");
        (await Should.ThrowAsync<DatasetException>(TakeAsync)).Message.ShouldContain("batch job job-1");
        hasEnded = true;
        await using var next = await TakeAsync(other);
        (await Should.ThrowAsync<DatasetException>(() => one.CheckAsync(Token))).Message.ShouldContain("by now");
        await next.CheckAsync(Token);
    }

    private Task<StoreLock> TakeAsync() => TakeAsync(OutputOwner.Process);

    private Task<StoreLock> TakeAsync(OutputOwner owner) => StoreLock.TakeAsync(_store, "out.csv.locks", "s3://bucket/out.csv", owner, Beat, TimeProvider.System, Token);

    private async Task PutAsync(string name, string content)
    {
        await using var upload = _store.Begin();
        await upload.WriteAsync(System.Text.Encoding.UTF8.GetBytes(content), Token);
        await upload.CommitAsync($"out.csv.locks/{name}", Token);
    }
}
