using Plumbline.Datasets;
using Plumbline.Datasets.Retention;
using Plumbline.Pipelines;
using Plumbline.Pipelines.Runs;
using Plumbline.Pipelines.Workers;
using Plumbline.Storage;
using Plumbline.Tests.Pipelines.Workers;
using Plumbline.Tests.Storage;
using static Plumbline.Tests.Pipelines.Workers.TestPipelines;

namespace Plumbline.Tests.Pipelines;

public sealed class SnapshotReferencesTests : IAsyncDisposable
{
    private static readonly string[] Digests = [new string('1', 64), new string('2', 64)];

    private readonly TemporaryFolder _folder = new();
    private readonly SqliteMetadataStore _store;

    public SnapshotReferencesTests() => _store = SqliteMetadataStore.Open(Home.Database, TimeProvider.System);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Home Home => new(_folder.Path);

    private PipelineStore Pipelines => new(_store, TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task FindAsync_RunOfAPipeline_RefersToWhatItNamesUntilItHasEnded()
    {
        var builder = Builder();
        var first = builder.Add("first", TestPipelines.Text, (_, _) => Task.FromResult($"made {Digests[1]}"));
        builder.Add("second", Int, (_, _) => throw new InvalidOperationException("it fails"), null, first);
        var pipeline = builder.Build();
        var run = await Pipelines.StartAsync(pipeline, Request($$"""{"note": "{{Digests[0]}}"}"""), Token);
        (await ReferencesAsync()).ShouldBe([$"pipeline run {run.Id}", ""]);
        await new PipelineWorker(Pipelines, new PipelineCatalogue(pipeline), new PipelineWorkerOptions { Run = run.Id }, Home).RunAsync(Token);
        (await ReferencesAsync()).ShouldBe(["", ""], "it has failed");
        await Pipelines.ResumeAsync(run.Id, "ann", "", Token);
        (await ReferencesAsync()).ShouldBe([$"pipeline run {run.Id}", $"pipeline run {run.Id}"], "what succeeded stays, and is read again");
        SnapshotReferences.Find(_store, Digests[1]).ShouldBe($"pipeline run {run.Id}");
        SnapshotReferences.Find(_store, new string('3', 64)).ShouldBeNull();
    }

    [Fact]
    public async Task Collect_BesideRunsThatBegin_WhatARunCouldOpenStays()
    {
        var file = _folder.File("reviews.csv");
        File.WriteAllLines(file, ["text,label", .. Enumerable.Range(0, 40).Select(i => $"review {i},{(i % 2 == 0 ? "good" : "bad")}")]);
        var later = new ManualTime { UnixMilliseconds = TimeProvider.System.GetUtcNow().AddDays(8).ToUnixTimeMilliseconds() };
        for (var i = 0; i < 10; i++)
        {
            var snapshot = Snapshot.Ingest(new IngestOptions { Source = new SourceOptions { Path = file } }, Home);
            Directory.Delete(Home.Datasets, recursive: true);
            var collecting = Task.Run(
                async () =>
                {
                    var references = await SnapshotReferences.FindAsync(Home, _store, Token);
                    return new GarbageCollector(Home, later) { ReferredBy = digest => SnapshotReferences.Find(_store, digest) }.Run(references, new RetentionOptions(), dryRun: false, Token);
                },
                Token);
            var run = await Pipelines.StartAsync(Squares(), Request($$"""{"note": "{{snapshot.Digest}}"}"""), Token);
            var isOpened = TryOpen(snapshot.Directory);
            await collecting;
            if (isOpened)
                Snapshot.Open(snapshot.Directory).Digest.ShouldBe(snapshot.Digest);
            await Pipelines.CancelAsync(run.Id, "ann", "", Token);
        }
    }

    private static bool TryOpen(string directory)
    {
        try
        {
            Snapshot.Open(directory);
            return true;
        }
        catch (DatasetException)
        {
            return false;
        }
    }

    private async Task<string[]> ReferencesAsync()
    {
        var found = await SnapshotReferences.FindAsync(Home, _store, Token);
        return [.. Digests.Select(digest => string.Join(", ", found[digest]))];
    }
}
