using Plumbline.Datasets;
using Plumbline.Inference.Batch;
using Plumbline.Storage;
using Plumbline.Tests.Storage;
using Plumbline.Tuning;

namespace Plumbline.Tests.Inference.Batch;

/// <summary>Batch jobs over a metadata store of any kind.</summary>
public abstract class BatchJobContract : BackendTests
{
    private const int Chunk = BatchFolder.ChunkRows;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private const int MostLooks = 1000;

    /// <summary>A beat; a lease lasts for four.</summary>
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(3);

    private readonly BatchFolder _folder = new();
    private readonly ManualTime _clock = new();

    private BatchJobStore Jobs => new(Store, TimeProvider.System);

    [Fact]
    public async Task Work_TwoWorkersAndOneThatStops_EachChunkOnceAndTheOutputOfOne()
    {
        var input = _folder.Write("in.parquet", (3 * Chunk) + 100);
        await _folder.RunAsync(_folder.Options(input, "whole.csv", "id"));
        var job = await CreateAsync(input, "out.csv");
        using (var stopping = new Stopping(3_000))
            Should.Throw<OperationCanceledException>(() => Worker(Store).Work(job.Id, 1, progress: stopping, stop: stopping.Token));
        await using var other = OpenAnother();
        var ended = await Task.WhenAll(new[] { Store, other }.Select(store => Task.Run(() => Worker(store).Work(job.Id, 1, stop: Token), Token)));
        ended.ShouldAllBe(job => job.State == BatchJobState.Completed);
        (ended[0].Rows, ended[0].Errors, ended[0].Chunks, ended[0].ChunksTotal).ShouldBe(((3 * Chunk) + 100, 0, 4, 4));
        File.ReadAllBytes(_folder.File("out.csv")).ShouldBe(File.ReadAllBytes(_folder.File("whole.csv")));
        Directory.Exists(_folder.File("out.csv.parts")).ShouldBeFalse();
    }

    [Fact]
    public async Task Work_AWorkerThatStopsToBeat_ItsChunkIsAnothersAndWhatItBringsIsDropped()
    {
        var input = _folder.Write("in.csv", (2 * Chunk) + 100);
        await _folder.RunAsync(_folder.Options(input, "whole.csv", "id"));
        var (clock, job) = (new SteppedClock(), await CreateAsync(input, "out.csv"));
        using var held = new Holding();
        var frozen = Task.Run(() => Worker(Store, clock.Frozen).Work(job.Id, 1, progress: held, stop: Token), Token);
        held.WaitUntilBegun();
        var (_, lost) = await ChunkAsync(job.Id, 0);
        await using var other = OpenAnother();
        var working = Task.Run(() => Worker(other, clock).Work(job.Id, 1, stop: Token), Token);
        while (!working.IsCompleted)
            await StepAsync(clock, lost);
        var ended = await working;
        (ended.State, ended.Chunks).ShouldBe((BatchJobState.Completed, 3));
        var (rows, lease) = await ChunkAsync(job.Id, 0);
        (rows, lease != lost).ShouldBe((Chunk, true));
        held.LetGo();
        (await frozen).State.ShouldBe(BatchJobState.Completed);
        (await ChunkAsync(job.Id, 0)).ShouldBe((rows, lease));
        File.ReadAllBytes(_folder.File("out.csv")).ShouldBe(File.ReadAllBytes(_folder.File("whole.csv")));
        Directory.Exists(_folder.File("out.csv.parts")).ShouldBeFalse();
    }

    [Fact]
    public async Task Work_ASlowWorkerThatBeats_KeepsItsChunkHoweverLongItTakes()
    {
        var (clock, job) = (new SteppedClock(), await CreateAsync(_folder.Write("in.csv", (2 * Chunk) + 100), "out.csv"));
        using var held = new Holding();
        var slow = Task.Run(() => Worker(Store, clock).Work(job.Id, 1, progress: held, stop: Token), Token);
        held.WaitUntilBegun();
        var before = await ChunkAsync(job.Id, 0);
        await using var other = OpenAnother();
        var fast = Task.Run(() => Worker(other, clock).Work(job.Id, 1, stop: Token), Token);
        for (var steps = 0; steps < 20 || (await Jobs.GetAsync(job.Id, Token)).Chunks < 2; steps++)
            await StepAsync(clock);
        (await ChunkAsync(job.Id, 0)).ShouldBe(before);
        (slow.IsCompleted, fast.IsCompleted).ShouldBe((false, false));
        held.LetGo();
        var both = Task.WhenAll(slow, fast);
        while (!both.IsCompleted)
            await StepAsync(clock);
        (await both).ShouldAllBe(ended => ended.State == BatchJobState.Completed && ended.Rows == (2 * Chunk) + 100);
        (await ChunkAsync(job.Id, 0)).ShouldBe((Chunk, before.Lease));
    }

    [Fact]
    public async Task CompleteAsync_UnderALeaseThatIsOver_FencedAndTheChunkAnothers()
    {
        var job = await CreateAsync(_folder.Write("in.csv", 10), "out.csv");
        var jobs = new BatchJobStore(Store, _clock);
        var (late, present) = (await LedgerAsync(jobs, job.Id), await LedgerAsync(jobs, job.Id));
        (await late.ClaimAsync(0, Token)).Chunk.ShouldBe(0);
        (await present.ClaimAsync(0, Token)).Chunk.ShouldBe(1);
        _clock.UnixMilliseconds += 61_000;
        var next = await LedgerAsync(jobs, job.Id);
        (await next.ClaimAsync(1, Token)).Chunk.ShouldBe(1);
        (await next.ClaimAsync(1, Token)).Chunk.ShouldBe(2);
        await next.EndAsync(Chunk + 5, Token);
        (await next.ClaimAsync(2, Token)).Chunk.ShouldBe(0);
        await Should.ThrowAsync<LeaseLostException>(() => late.CompleteAsync(new DoneChunk(0, late.Token, Chunk, 0), Token));
        (await next.CompleteAsync(new DoneChunk(0, next.Token, Chunk, 1), Token)).ShouldBe(new BatchCounts(Chunk, 1));
        (await next.ClaimAsync(0, Token)).ShouldBe(new ChunkClaim(null, IsComplete: false));
        await next.CompleteAsync(new DoneChunk(1, next.Token, 5, 0), Token);
        (await next.ClaimAsync(0, Token)).ShouldBe(new ChunkClaim(null, IsComplete: true));
        (await next.ListAsync(Token)).ShouldBe([new DoneChunk(0, next.Token, Chunk, 1), new DoneChunk(1, next.Token, 5, 0)]);
    }

    [Fact]
    public async Task CancelAsync_WhileWorkedAt_EndsSoonAndLeavesNothing()
    {
        var job = await CreateAsync(_folder.Write("in.csv", 60 * Chunk), "out.csv");
        var begun = new TaskCompletionSource();
        var working = Task.Run(() => Worker(Store).Work(job.Id, 1, progress: new Begun(begun), stop: Token), Token);
        await begun.Task.WaitAsync(Token);
        (await Jobs.CancelAsync(job.Id, "ann", Token)).State.ShouldBe(BatchJobState.Cancelled);
        (await working).State.ShouldBe(BatchJobState.Cancelled);
        (File.Exists(_folder.File("out.csv")), Directory.Exists(_folder.File("out.csv.parts"))).ShouldBe((false, false));
        (await Should.ThrowAsync<MetadataException>(() => Jobs.CancelAsync(job.Id, "ann", Token))).Error.ShouldBe(MetadataError.Conflict);
        await Jobs.DeleteAsync(job.Id, "ann", Token);
        (await Should.ThrowAsync<MetadataException>(() => Jobs.GetAsync(job.Id, Token))).Error.ShouldBe(MetadataError.NotFound);
        (await new EventLog(Store).ListAsync(job.Id, cancellation: Token)).Select(e => e.Action).ShouldBe(["batch_job.created", "batch_job.cancelled", "batch_job.deleted"]);
    }

    [Fact]
    public async Task Work_TooManyErrorsOrAnotherInput_FailsTheJobOrIsNotBegun()
    {
        var bad = await CreateAsync(_folder.Write("bad.jsonl", "{\"id\": 1, \"text\": 5, \"hour\": 5}\n"), "bad.csv", "0");
        var ended = Worker(Store).Work(bad.Id, 1, stop: Token);
        (ended.State, ended.Fault).ShouldBe((BatchJobState.Failed, ended.Fault));
        ended.Fault!.ShouldContain("1 of 1 rows cannot be answered");
        var input = _folder.Write("in.csv", 10);
        var changed = await CreateAsync(input, "out.csv");
        File.AppendAllText(input, "10,good,1\n");
        Should.Throw<DatasetException>(() => Worker(Store).Work(changed.Id, 1, stop: Token)).Message.ShouldContain("The input changed");
        (await Jobs.GetAsync(changed.Id, Token)).State.ShouldBe(BatchJobState.Running);
    }

    [Fact]
    public async Task CreateAsync_SameKey_OneJobAndAnotherRequestRefused()
    {
        var definition = Define(_folder.Write("in.csv", 3), "out.csv");
        var digest = new string('a', 64);
        var jobs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Jobs.CreateAsync(definition, digest, "key", "ann", Token)));
        jobs.Select(job => job.Id).Distinct().ShouldHaveSingleItem();
        (await Jobs.FindAsync("reviews", "key", digest, Token))!.Id.ShouldBe(jobs[0].Id);
        (await Should.ThrowAsync<MetadataException>(() => Jobs.CreateAsync(definition, new string('b', 64), "key", "ann", Token))).Error.ShouldBe(MetadataError.Conflict);
        var second = await Jobs.CreateAsync(definition with { Output = _folder.File("second.csv") }, digest, null, "ann", Token);
        (await Jobs.ListAsync(cancellation: Token)).Select(job => job.Id).ShouldBe([second.Id, jobs[0].Id], ignoreOrder: true);
        (await Jobs.RunningAsync("reviews", Token)).Select(job => job.Id).ShouldBe([jobs[0].Id, second.Id], ignoreOrder: true);
        // Other models' jobs have keys of their own, and are not among these.
        (await Jobs.FindAsync("tickets", "key", digest, Token)).ShouldBeNull();
        var other = await Jobs.CreateAsync(definition with { Model = "tickets", Output = _folder.File("other.csv") }, digest, "key", "ann", Token);
        (await Jobs.ListAsync("tickets", Token)).ShouldHaveSingleItem().Id.ShouldBe(other.Id);
        (await Jobs.ListAsync("reviews", Token)).Count.ShouldBe(2);
        await Jobs.CancelAsync(other.Id, "ann", Token);
        (await Jobs.RunningAsync("tickets", Token)).ShouldBeEmpty();
        jobs[0].Definition.Files.Single().Size.ShouldBe(new FileInfo(_folder.File("in.csv")).Length);
    }

    [Theory]
    [InlineData("out.csv")]
    [InlineData("out.csv.errors.jsonl")]
    [InlineData("out.csv.parts/0.csv")]
    [InlineData("../{0}/out.csv")]
    public async Task CreateAsync_OutputOfAJobThatRuns_RefusedByNameUntilItEnds(string output)
    {
        var definition = Define(_folder.Write("in.csv", 3), "out.csv");
        var first = await Jobs.CreateAsync(definition, new string('a', 64), null, "ann", Token);
        var second = definition with { Model = "tickets", Output = _folder.File(output.Replace("{0}", Path.GetFileName(Path.GetDirectoryName(_folder.File("x"))!), StringComparison.Ordinal)) };
        var refusal = await Should.ThrowAsync<MetadataException>(() => Jobs.CreateAsync(second, new string('b', 64), null, "bob", Token));
        (refusal.Error, refusal.Message.Contains(first.Id, StringComparison.Ordinal)).ShouldBe((MetadataError.Conflict, true), refusal.Message);
        await Jobs.CreateAsync(definition with { Output = _folder.File("out.csv2") }, new string('b', 64), null, "bob", Token);
        await Jobs.CancelAsync(first.Id, "ann", Token);
        (await Jobs.CreateAsync(second, new string('b', 64), null, "bob", Token)).State.ShouldBe(BatchJobState.Running);
    }

    [Fact]
    public async Task Work_WhileAnotherStoresJobOrAProcessWrites_RefusedByName()
    {
        var input = _folder.Write("in.csv", (2 * Chunk) + 100);
        var job = await CreateAsync(input, "out.csv");
        using (var held = new Holding())
        {
            var alone = Task.Run(() => _folder.RunAsync(_folder.Options(input, "out.csv", "id"), progress: held), Token);
            held.WaitUntilBegun();
            Should.Throw<DatasetException>(() => Worker(Store).Work(job.Id, 1, stop: Token)).Message.ShouldContain("out.csv is being written by another process (");
            (await Should.ThrowAsync<MetadataException>(() => Worker(Store).RequireFreeAsync(job.Definition, Token))).Error.ShouldBe(MetadataError.Conflict);
            held.LetGo();
            await alone;
        }
        await Worker(Store).RequireFreeAsync(job.Definition, Token);
        using (var held = new Holding())
        {
            var working = Task.Run(() => Worker(Store).Work(job.Id, 1, progress: held, stop: Token), Token);
            held.WaitUntilBegun();
            // That nothing is known of it here makes it another store's.
            var elsewhere = new OutputOwner("elsewhere", (_, _) => Task.FromResult(false));
            using var place = OutputPlace.Of(_folder.Options(input, "out.csv"), _folder.Home);
            (await Should.ThrowAsync<DatasetException>(() => place.LockAsync(elsewhere, TimeProvider.System, Token))).Message.ShouldContain($"batch job {job.Id} (");
            (await Should.ThrowAsync<DatasetException>(() => _folder.RunAsync(_folder.Options(input, "out.csv", "id")))).Message.ShouldContain($"batch job {job.Id} (");
            place.FindHolder()!.Job.ShouldBe(job.Id);
            held.LetGo();
            (await working).State.ShouldBe(BatchJobState.Completed);
            place.FindHolder().ShouldBeNull();
        }
        Directory.Exists(_folder.File("out.csv.parts")).ShouldBeFalse();
    }

    [Fact]
    public async Task ClearAsync_OutputThatIsAnothersByNow_Stays()
    {
        var input = _folder.Write("in.csv", (2 * Chunk) + 100);
        var first = await CreateAsync(input, "out.csv");
        await Jobs.CancelAsync(first.Id, "ann", Token);
        var second = await CreateAsync(input, "out.csv");
        using (var stopping = new Stopping(Chunk + 100))
            Should.Throw<OperationCanceledException>(() => Worker(Store).Work(second.Id, 1, progress: stopping, stop: stopping.Token));
        var parts = Directory.GetFiles(_folder.File("out.csv.parts"));
        parts.ShouldNotBeEmpty();
        await Worker(Store).ClearAsync(await Jobs.GetAsync(first.Id, Token), Token);
        Directory.GetFiles(_folder.File("out.csv.parts")).ShouldBe(parts, ignoreOrder: true);
        Worker(Store).Work(second.Id, 1, stop: Token).State.ShouldBe(BatchJobState.Completed);
    }

    protected override void Cleanup() => _folder.Dispose();

    private async Task<JobLedger> LedgerAsync(BatchJobStore jobs, string job) =>
        new(jobs, job, Chunk, (await new LeaseStore(Store, _clock).TryAcquireAsync(BatchJobLeases.OfWorker(job), "test", Minute, Token))!.Token);

    /// <summary>Lets a beat's time pass, and waits until every worker that beats has done so.</summary>
    /// <param name="frozen">Lease of one that does not.</param>
    private async Task StepAsync(SteppedClock clock, long frozen = -1)
    {
        clock.Step(Beat);
        var (now, until) = (clock.GetUtcNow().ToUnixTimeMilliseconds(), (clock.GetUtcNow() + (2 * Beat)).ToUnixTimeMilliseconds());
        // One that was taken since the last step may beat at the next only.
        for (var looks = 0; looks < MostLooks && await IsLateAsync(); looks++)
            await Task.Delay(5, Token);

        Task<bool> IsLateAsync() => Store.ReadAsync(
            connection => connection.Scalar("SELECT 1 FROM leases WHERE token <> @frozen AND ends_at <= @until AND ends_at > @now", ("frozen", frozen), ("until", until), ("now", now)) is not null, Token);
    }

    /// <summary>Rows of a chunk, null before it is done, and the lease that it was taken under.</summary>
    private Task<(long? Rows, long Lease)> ChunkAsync(string job, long chunk) => Store.ReadAsync(
        connection => connection.Query(
            "SELECT row_count, lease FROM batch_chunks WHERE job_id = @job AND chunk = @chunk", row => (row.NullableInt64(0), row.GetInt64(1)), ("job", job), ("chunk", chunk)).Single(),
        Token);

    private BatchJobWorker Worker(IMetadataStore store, TimeProvider? time = null) => new(
        new BatchJobStore(store, time ?? TimeProvider.System), (_, _) => Task.FromResult(_folder.Bundle), _ => null, _folder.Home, new S3Options(), new RetryOptions(), "test", time ?? TimeProvider.System);

    private Task<BatchJob> CreateAsync(string input, string output, string? maxErrors = null) => Jobs.CreateAsync(Define(input, output, maxErrors), new string('a', 64), null, "ann", Token);

    private BatchJobDefinition Define(string input, string output, string? maxErrors = null) => new BatchJobDefinition(
        "reviews", "reviews/3", _folder.Predictor.Digest, input, _folder.File(output), AnswerFormats.Of(output), new BatchColumns("text", null, null, null), null, ["id"], false, maxErrors, 1000, [], "here")
    { ChunkRows = Chunk }
        .Inspect(_folder.Predictor, new S3Options(), new RetryOptions(), null, Token);

    private sealed class Begun(TaskCompletionSource begun) : IProgress<BatchProgress>
    {
        public void Report(BatchProgress value) => begun.TrySetResult();
    }
}
