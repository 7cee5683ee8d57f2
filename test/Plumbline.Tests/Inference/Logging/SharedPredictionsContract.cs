using Plumbline.Datasets.Aggregates;
using Plumbline.Inference.Feedback;
using Plumbline.Inference.Logging;
using Plumbline.Monitoring;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Inference.Logging;

/// <summary>Prediction logs of hosts that have nothing in common but an artifact store of any kind.</summary>
public abstract class SharedPredictionsContract : IDisposable
{
    protected const string OtherNode = "ffffffffffff";

    protected static readonly PredictionQuery All = new(DateTimeOffset.UnixEpoch.AddDays(1), DateTimeOffset.UnixEpoch.AddYears(100));

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    private protected TemporaryFolder Folder { get; } = new();

    /// <summary>Of a store of the test's own.</summary>
    protected abstract Task<string> AddressAsync();

    public void Dispose()
    {
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Append_SegmentNotFinished_OtherHostsFindItWithinTheInterval()
    {
        await using (var log = Open(await HostAsync("a")))
        {
            var version = log.Register(LoggedEntries.Version);
            for (var i = 0; i < 50; i++)
                LoggedEntries.Append(log, version, i, LoggedEntries.Begin - 25 + i);
            await UntilAsync(async () => (await ReadAsync("b")).Length == 50);
            for (var i = 50; i < 80; i++)
                LoggedEntries.Append(log, version, i, LoggedEntries.Begin + i);
            await UntilAsync(async () => (await ReadAsync("b")).Length == 80);
            var id = LoggedEntries.Id(LoggedEntries.Begin + 7, 32);
            var other = await HostAsync("b");
            using var artifacts = new SharedArtifacts(other, TimeProvider.System);
            var found = await new SharedPredictions(artifacts, other.Predictions, TimeProvider.System).FindAsync([id, LoggedEntries.Id(LoggedEntries.Begin, 999)], Token);
            LoggedEntries.Describe(found[id]).ShouldBe(LoggedEntries.Describe(LoggedEntries.Expected(32, LoggedEntries.Begin + 7, text: false)));
            found.Count.ShouldBe(1);
            (log.ShipFault, log.Dropped).ShouldBe((null, 0));
            log.ShipLag!.Value.ShouldBeLessThan(TimeSpan.FromMinutes(1));
        }
        (await ReadAsync("b")).Order().ShouldBe((await ReadLocalAsync("a")).Order(), "finished, the same is there once");
        (await NamesAsync()).ShouldBe(
            [$"hour=2026-11-26T02/{LoggedEntries.Process}-000000.parquet", $"hour=2026-11-26T03/{LoggedEntries.Process}-000000.parquet"], "and its parts are gone");
    }

    [Fact]
    public async Task Erase_OnAnotherHost_GoneFromTheStoreAndFromTheHostThatLoggedIt()
    {
        await using (var log = Open(await HostAsync("a")))
        {
            for (var i = 0; i < 20; i++)
                LoggedEntries.Append(log, log.Register(LoggedEntries.Version), i, LoggedEntries.Begin + i);
        }
        await using var open = Open(await HostAsync("c"), OtherNode);
        for (var i = 20; i < 40; i++)
            LoggedEntries.Append(open, open.Register(LoggedEntries.Version), i, LoggedEntries.Begin + i, OtherNode);
        await UntilAsync(async () => (await ReadAsync("b")).Length == 40);

        var host = await HostAsync("b");
        using var artifacts = new SharedArtifacts(host, TimeProvider.System);
        await using var store = SqliteMetadataStore.Open(host.Database, TimeProvider.System);
        var shared = new SharedPredictions(artifacts, host.Predictions, TimeProvider.System);
        var time = new ManualTime { UnixMilliseconds = LoggedEntries.Begin + 3_600_000 };
        (await EraseAsync("ann 4")).ShouldBe(1);
        (await EraseAsync("ann 24")).ShouldBe(1, "it is in a part of a segment");
        (await EraseAsync("ann 4")).ShouldBe(0);
        Directory.GetFiles(PredictionFolder.Fetched(host.Predictions)).ShouldBeEmpty("what was fetched may hold what is to be gone");
        (await ReadAsync("b")).Length.ShouldBe(38);
        (await new EventLog(store).ListAsync(cancellation: Token)).Count(e => e.Action == "predictions.erased").ShouldBe(3);

        (await ReadLocalAsync("a")).Length.ShouldBe(20);
        await using (var again = Open(await HostAsync("a"), "eeeeeeeeeeee"))
            await UntilAsync(async () => (await ReadLocalAsync("a")).Length == 19);
        (await ReadAsync("b")).Length.ShouldBe(38);
        await NamesAsync();

        Task<long> EraseAsync(string user) => PredictionErasure.EraseAsync(host.Predictions, EntityKind.User, user, shared, store, "tests", "", time, Token);
    }

    [Fact]
    public async Task Feedback_ToAnotherHost_JoinedWithWhatTheStoreHas()
    {
        await using (var log = Open(await HostAsync("a")))
            LoggedEntries.Append(log, log.Register(LoggedEntries.Version), 7, LoggedEntries.Begin);
        var host = await HostAsync("b");
        using var artifacts = new SharedArtifacts(host, TimeProvider.System);
        await using var store = SqliteMetadataStore.Open(host.Database, TimeProvider.System);
        var feedback = new FeedbackStore(store, TimeProvider.System);
        await feedback.AddAsync([new FeedbackItem(LoggedEntries.Id(LoggedEntries.Begin, 7), "good")], Token);
        var shared = new SharedPredictions(artifacts, host.Predictions, TimeProvider.System);
        (await new FeedbackJoiner(feedback, host.Predictions, TimeSpan.FromDays(3650), TimeProvider.System, shared).JoinAsync(Token)).ShouldBe(0, "the host that made it is left to be first");
        (await new FeedbackJoiner(feedback, host.Predictions, TimeSpan.FromDays(3650), TimeProvider.System, shared, TimeSpan.Zero).JoinAsync(Token)).ShouldBe(1);
        (await feedback.StateAsync(Token)).ShouldBe(new FeedbackState(0, 1, 0));
    }

    [Fact]
    public async Task Slice_AskedOfAnyHost_HasWhatAllLoggedOnce()
    {
        await using (var log = Open(await HostAsync("a")))
        {
            for (var i = 0; i < 20; i++)
                LoggedEntries.Append(log, log.Register(LoggedEntries.Version), i, LoggedEntries.Begin + i);
        }
        await using var open = Open(await HostAsync("c"), OtherNode);
        for (var i = 20; i < 40; i++)
            LoggedEntries.Append(open, open.Register(LoggedEntries.Version), i, LoggedEntries.Begin + i, OtherNode);
        await UntilAsync(async () => (await ReadAsync("b")).Length == 40);
        foreach (var host in new[] { "a", "b", "c" })
            (await RequestsAsync(host, "label=good")).ShouldBe(20, host);
        (await RequestsAsync("b", "user=ann 3*")).ShouldBe(5);

        var asked = await HostAsync("b");
        using var artifacts = new SharedArtifacts(asked, TimeProvider.System);
        await using var store = SqliteMetadataStore.Open(asked.Database, TimeProvider.System);
        var time = new ManualTime { UnixMilliseconds = LoggedEntries.Begin + 3_600_000 };
        await PredictionErasure.EraseAsync(asked.Predictions, EntityKind.User, "ann 30", new SharedPredictions(artifacts, asked.Predictions, TimeProvider.System), store, "tests", "", time, Token);
        (await RequestsAsync("b", "user=ann 3*")).ShouldBe(4);

        async Task<long> RequestsAsync(string name, string where)
        {
            var host = await HostAsync(name);
            using var shared = new SharedArtifacts(host, TimeProvider.System);
            var source = new LoggedSource(host.Predictions, new SharedPredictions(shared, host.Predictions, TimeProvider.System));
            var schema = new DriftSchema(LoggedEntries.Version.Labels, ["price"], LoggedEntries.Version.Categorical);
            return DriftSlice.Read(await LoggedSlice.OpenAsync(source, All, [DriftFilter.Parse(where)], Token), schema).Requests;
        }
    }

    [Fact]
    public async Task Open_HoursTooOld_GoFromTheStore()
    {
        await using (var log = Open(await HostAsync("a")))
            LoggedEntries.Append(log, log.Register(LoggedEntries.Version), 0, LoggedEntries.Begin);
        var later = new ManualTime { UnixMilliseconds = LoggedEntries.Begin + (31L * 86_400_000) };
        var host = await HostAsync("b");
        await using (var log = PredictionLog.Open(OptionsOf(host) with { RetentionDays = 30 }, OtherNode, later))
        {
        }
        (await NamesAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Kill_HostLost_AllButItsLastSecondsAreInTheStoreOnce()
    {
        var address = await AddressAsync();
        await KilledWriter.RunAsync(typeof(FileSharedPredictionsTests), nameof(Child_ShipsUntilKilled), Folder, kill: 20_000, address);
        var appended = (await File.ReadAllLinesAsync(Folder.File("times"), Token)).Where(line => line.EndsWith(';')).Select(line => Guid.Parse(line.AsSpan(..^1))).ToArray();
        Directory.Delete((await HostAsync("a")).Root, recursive: true);
        var left = await ReadAsync("b");
        left.ShouldNotBeEmpty();
        left.Distinct().Count().ShouldBe(left.Length, "none twice");
        var last = appended.Max(Plumbline.Inference.ServedModelLog.MillisecondsOf);
        var lost = appended.Except(left).Select(id => last - Plumbline.Inference.ServedModelLog.MillisecondsOf(id)).DefaultIfEmpty(0).Max();
        TestContext.Current.SendDiagnosticMessage($"{left.Length} of {appended.Length} predictions are left; the loss of the host cost its last {lost} ms");
        // A second of interval, a quarter to the disk, and the time of an upload on a machine that others keep busy.
        lost.ShouldBeLessThan(30_000);
    }

    [Fact(Explicit = true)]
    public async Task Child_ShipsUntilKilled()
    {
        var folder = Environment.GetEnvironmentVariable(ChildProcess.Folder)!;
        var host = HostOf(Path.Combine(folder, "a"), Environment.GetEnvironmentVariable(ChildProcess.Argument)!);
        await using var log = PredictionLog.Open(OptionsOf(host), LoggedEntries.Node, TimeProvider.System);
        var version = log.Register(LoggedEntries.Version);
        await using var times = new FileStream(Path.Combine(folder, "times"), FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var number = 0;
        await KilledWriter.WriteAsync(async _ =>
        {
            lock (times)
            {
                var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
                number = (number + 1) % 1000;
                LoggedEntries.Append(log, version, number, now);
                times.Write(System.Text.Encoding.UTF8.GetBytes($"{LoggedEntries.Id(now, number):D};\n"));
            }
            // As callers ask; without a pause all would be over before anything is shipped.
            await Task.Delay(1, Token);
        });
    }

    protected static async Task UntilAsync(Func<Task<bool>> condition)
    {
        while (!await condition())
            await Task.Delay(20, Token);
    }

    private protected async Task<Home> HostAsync(string name) => HostOf(Folder.File(name), await AddressAsync());

    private protected static PredictionLog Open(Home host, string node = LoggedEntries.Node) => PredictionLog.Open(OptionsOf(host), node, TimeProvider.System, fault => Assert.Fail(fault));

    private protected static PredictionLogOptions OptionsOf(Home host) =>
        new() { Folder = host.Predictions, RetentionDays = 3650, Artifacts = () => new SharedArtifacts(host, TimeProvider.System), ShipInterval = TimeSpan.FromSeconds(1) };

    /// <summary>Ids of all predictions that a host finds in the store.</summary>
    protected async Task<Guid[]> ReadAsync(string name)
    {
        var host = await HostAsync(name);
        using var artifacts = new SharedArtifacts(host, TimeProvider.System);
        var ids = new List<Guid>();
        await foreach (var prediction in new SharedPredictions(artifacts, host.Predictions, TimeProvider.System).ReadAsync(All, Token))
            ids.Add(prediction.Id);
        return [.. ids];
    }

    private async Task<Guid[]> ReadLocalAsync(string name) => [.. PredictionLogReader.Read((await HostAsync(name)).Predictions, All).Select(prediction => prediction.Id)];

    private async Task<string[]> NamesAsync()
    {
        var later = new ManualTime { UnixMilliseconds = TimeProvider.System.GetUtcNow().AddHours(25).ToUnixTimeMilliseconds() };
        using var artifacts = new SharedArtifacts(await HostAsync("b"), later);
        var store = await artifacts.OpenAsync(Token);
        var names = new List<string>();
        await foreach (var hour in store.ListAsync(ArtifactKind.Predictions, Token))
        {
            await foreach (var name in store.NamesAsync(new ArtifactTree(ArtifactKind.Predictions, hour), Token))
                names.Add($"{hour}/{name}");
        }
        (await store.CheckAsync(remove: false, Token)).Faults.ShouldBeEmpty();
        (await store.CollectAsync(dryRun: true, Token)).Blobs.ShouldBe(0, "what nothing names any more is not left to a collection");
        return [.. names.Order(StringComparer.Ordinal)];
    }

    private static Home HostOf(string root, string address) => new(root) { Artifacts = ArtifactStoreOptions.Parse(address, "tests", root) };
}
