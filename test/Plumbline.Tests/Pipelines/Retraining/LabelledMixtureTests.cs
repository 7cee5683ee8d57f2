using Plumbline.Datasets;
using Plumbline.Datasets.Retention;
using Plumbline.Inference.Logging;
using Plumbline.Pipelines.Lineage;
using Plumbline.Pipelines.Retraining;
using Plumbline.Pipelines.Training;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;
using Plumbline.Tests.Inference.Logging;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Pipelines.Retraining;

public sealed class LabelledMixtureTests : IDisposable
{
    private const int Logged = 200;

    private static readonly LabelledWindow Window = new(new DateTimeOffset(2023, 11, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2023, 12, 1, 0, 0, 0, TimeSpan.Zero)) { HeldOut = 0.4 };

    private readonly TemporaryFolder _folder = new();

    private Home Home => new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Write_LabelledPredictions_TestIsOfThoseThatNobodyWasTrainedOn()
    {
        await LogAsync();
        // The source has some of the predicted texts, too.
        var basis = Ingest("basis.csv", Enumerable.Range(0, 60).Select(i => $"base {i}").Concat(["\"schön, 1\"", "\"schön, 2\""]));
        var known = Ingest("known.csv", Enumerable.Range(0, 60).Select(i => $"base {i}").Concat(Enumerable.Range(10, 100).Select(i => $"\"schön, {i}\"")));
        var trainedOn = Texts(known, Split.Train).Concat(Texts(known, Split.Valid)).ToHashSet(StringComparer.Ordinal);

        using var mixture = new LabelledMixture(Home, basis, known);
        await AddAsync(mixture);
        mixture.Write(CancellationToken.None);
        var snapshot = Snapshot.Ingest(mixture.OptionsFor(null), Home);

        mixture.Rows.ShouldBe(Logged);
        var test = Texts(snapshot, Split.Test).ToArray();
        test.Length.ShouldBe((int)mixture.HeldOut);
        test.ShouldNotBeEmpty();
        test.ShouldAllBe(text => text.StartsWith("schön", StringComparison.Ordinal) && !trainedOn.Contains(text) && text != "schön, 1" && text != "schön, 2");
        snapshot.Manifest.Counts.Total.ShouldBe(Logged + 62);
        Texts(snapshot, Split.Train).Concat(Texts(snapshot, Split.Valid)).Count(text => text.StartsWith("base", StringComparison.Ordinal)).ShouldBe(60);
        test.ShouldAllBe(text => !Texts(snapshot, Split.Train).Contains(text));
    }

    [Fact]
    public async Task OptionsFor_SnapshotOfBoth_NamesWhatItCameFromAndNoTemporaryFile()
    {
        await LogAsync();
        var basis = Ingest("basis.csv", Enumerable.Range(0, 60).Select(i => $"base {i}"));
        using var mixture = new LabelledMixture(Home, basis, null);
        await AddAsync(mixture);
        mixture.Write(CancellationToken.None);
        var snapshot = Snapshot.Ingest(mixture.OptionsFor(null), Home);
        snapshot.Manifest.Sources.Select(source => source.Name).ShouldBe([$"snapshot:{basis.Digest}", "predictions://reviews/2023-11-01T00:00:00Z/2023-12-01T00:00:00Z"]);
        snapshot.Validated!.Result.Meta.Sources.ShouldBe(snapshot.Manifest.Sources.Select(source => source.Name));

        await using var store = SqliteMetadataStore.Open(Home.Database, TimeProvider.System);
        using var shared = new SharedArtifacts(Home, TimeProvider.System);
        var reader = new LineageReader(store, shared, TimeProvider.System);
        var up = await reader.ReadAsync(snapshot.Digest, LineageDirection.Up, cancellation: TestContext.Current.CancellationToken);
        up.Nodes.Select(node => (node.Distance, node.Key.Kind, Title: Path.GetFileName(node.Key.Title))).ShouldBe(
        [
            (-2, LineageKind.Source, "basis.csv"), (-1, LineageKind.Source, "2023-12-01T00:00:00Z"), (-1, LineageKind.Snapshot, basis.Digest), (0, LineageKind.Snapshot, snapshot.Digest),
        ]);
        var down = await reader.ReadAsync(_folder.File("basis.csv"), LineageDirection.Down, cancellation: TestContext.Current.CancellationToken);
        down.Nodes.Select(node => node.Key.Name).Skip(1).ShouldBe([basis.Digest, snapshot.Digest]);
        LineagePage.Render(up).ShouldContain(basis.Digest[..12]);
    }

    [Fact]
    public void New_WhileItIsMixed_BothSnapshotsStayWhereTheyAre()
    {
        var (basis, known) = (Ingest("basis.csv", Enumerable.Range(0, 60).Select(i => $"base {i}")), Ingest("known.csv", Enumerable.Range(0, 60).Select(i => $"other {i}")));
        var collector = new GarbageCollector(Home, TimeProvider.System) { Grace = TimeSpan.Zero };
        using (new LabelledMixture(Home, basis, known))
            Collect().ShouldBe(0);
        Collect().ShouldBe(2);

        int Collect() => collector.Run(Array.Empty<string>().ToLookup(digest => digest), new RetentionOptions { KeepDays = 0 }, dryRun: false).Snapshots.Count(snapshot => snapshot.Removed);
    }

    [Fact]
    public async Task AddAsync_TwiceTheSame_HoldsOutTheSame()
    {
        await LogAsync();
        var basis = Ingest("basis.csv", Enumerable.Range(0, 60).Select(i => $"base {i}"));
        var digests = new List<string>();
        for (var time = 0; time < 2; time++)
        {
            using var mixture = new LabelledMixture(Home, basis, basis);
            await AddAsync(mixture);
            mixture.Write(CancellationToken.None);
            digests.Add(Snapshot.Ingest(mixture.OptionsFor(null), Home).Digest);
        }
        digests.Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public void Write_WithoutLabels_TestLosesWhatTheVersionInUseWasTrainedOn()
    {
        var basis = Ingest("basis.csv", Enumerable.Range(0, 200).Select(i => $"base {i}"));
        var seen = Texts(basis, Split.Test).Take(5).ToArray();
        // Of so few records each class has a text in train.
        var known = Ingest("known.csv", seen.Concat(Enumerable.Range(0, 100).Select(i => $"other {i}")), SplitBy.Time);
        using var mixture = new LabelledMixture(Home, basis, known);
        mixture.SeenInTest.ShouldBe(5);
        mixture.Write(CancellationToken.None);
        var snapshot = Snapshot.Ingest(mixture.OptionsFor(null), Home);
        Texts(snapshot, Split.Test).ShouldBe(Texts(basis, Split.Test).Except(seen));
    }

    private async Task LogAsync()
    {
        await using var log = PredictionLog.Open(new PredictionLogOptions { Folder = Home.Predictions, Text = true }, LoggedEntries.Node, TimeProvider.System);
        var version = log.Register(LoggedEntries.Version);
        for (var i = 0; i < Logged; i++)
            LoggedEntries.Append(log, version, i, LoggedEntries.Begin + i);
    }

    private async Task AddAsync(LabelledMixture mixture)
    {
        using var shared = new SharedArtifacts(Home, TimeProvider.System);
        (Guid, string)[] labels = [.. Enumerable.Range(0, Logged).Select(i => (LoggedEntries.Id(LoggedEntries.Begin + i, i), LoggedEntries.Version.Labels[i % 2]))];
        await mixture.AddAsync(labels, "reviews", Window, Home, shared, TimeProvider.System, TestContext.Current.CancellationToken);
    }

    private Snapshot Ingest(string name, IEnumerable<string> texts, SplitBy by = SplitBy.Stratified)
    {
        var file = _folder.File(name);
        var day = new DateTime(2026, 1, 1);
        File.WriteAllLines(file, ["text,label,time", .. texts.Select((text, i) => $"{text},{LoggedEntries.Version.Labels[i % 2]},{day.AddHours(i):yyyy-MM-dd'T'HH:mm:ss}")]);
        return Snapshot.Ingest(new IngestOptions { Source = new SourceOptions { Path = file, Split = new SplitOptions { By = by } } }, Home);
    }

    private static string[] Texts(Snapshot snapshot, Split split) =>
        [.. snapshot.Read(split).SelectMany(batch => Enumerable.Range(0, batch.Count).Select(row => System.Text.Encoding.UTF8.GetString(batch.Text(row))))];
}
