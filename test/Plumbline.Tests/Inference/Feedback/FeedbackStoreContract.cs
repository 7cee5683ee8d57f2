using Plumbline.Datasets;
using Plumbline.Inference.Feedback;
using Plumbline.Inference.Logging;
using Plumbline.Inference.Routing;
using Plumbline.Storage;
using Plumbline.Tests.Inference.Logging;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Inference.Feedback;

/// <summary>Feedback over a metadata store of any kind.</summary>
public abstract class FeedbackStoreContract : BackendTests
{
    private readonly ManualTime _time = new() { UnixMilliseconds = LoggedEntries.Begin };

    private FeedbackStore Feedback => new(Store, _time);

    [Fact]
    public async Task Add_RepeatedOlderAndLater_TheLatestIsInForce()
    {
        await using var predictions = await LoggedAsync(1);
        await ChangesAsync();
        (await Feedback.AddAsync([Item(0, "good", 10)], Token)).ShouldBe(new FeedbackCounts(1, 0));
        (await Feedback.AddAsync([Item(0, "good", 10)], Token)).ShouldBe(new FeedbackCounts(0, 1), "the same again");
        (await Feedback.AddAsync([Item(0, "it's bad", 9)], Token)).ShouldBe(new FeedbackCounts(0, 1), "older");
        await predictions.JoinAsync();
        (await Feedback.AddAsync([Item(0, "it's bad", 10)], Token)).ShouldBe(new FeedbackCounts(1, 0), "of equal times the later arrival");
        await predictions.JoinAsync();
        (await Feedback.AddAsync([Item(0, "it's bad", 11)], Token)).ShouldBe(new FeedbackCounts(1, 0));
        await predictions.JoinAsync();
        (await ChangesAsync()).Select(change => (change.Version, change.Predicted, change.Confidence, change.Label, change.Replaced)).ShouldBe(
            [("reviews/3", "it's bad", 0.75, "good", null), ("reviews/3", "it's bad", 0.75, "it's bad", "good")]);
        (await Feedback.StateAsync(Token)).ShouldBe(new FeedbackState(0, 1, 0));
    }

    [Fact]
    public async Task Add_IdKnown_ChangesNothingWhateverItSays()
    {
        (await Feedback.AddAsync([Item(0, "good", null) with { Id = "a" }, Item(1, "good", null) with { Id = "b" }], Token)).ShouldBe(new FeedbackCounts(2, 0));
        _time.UnixMilliseconds++;
        (await Feedback.AddAsync([Item(0, "it's bad", null)], Token)).ShouldBe(new FeedbackCounts(1, 0));
        _time.UnixMilliseconds++;
        (await Feedback.AddAsync([Item(0, "good", null) with { Id = "a" }, Item(2, "good", null) with { Id = "c" }], Token)).ShouldBe(new FeedbackCounts(1, 1));
        (await Feedback.WaitingAsync(LoggedEntries.Process, DateTimeOffset.MaxValue, 10, Token)).Single(one => one.PredictionId == Id(0)).Label.ShouldBe("it's bad");
        (await Feedback.AddAsync([Item(3, "good", 1) with { Id = "d" }, Item(3, "it's bad", 2) with { Id = "d" }], Token)).ShouldBe(new FeedbackCounts(1, 1), "nor does one of the same request");
        (await Feedback.WaitingAsync(LoggedEntries.Process, DateTimeOffset.MaxValue, 10, Token)).Single(one => one.PredictionId == Id(3)).Label.ShouldBe("good");
    }

    [Fact]
    public async Task Add_SomethingWrong_NothingOfItIsTaken()
    {
        await Refused(MetadataError.Invalid, () => Feedback.AddAsync([Item(0, "good", 1), Item(1, "", 1)], Token));
        await Refused(MetadataError.Invalid, () => Feedback.AddAsync([Item(0, "good", 1), new FeedbackItem(Guid.Empty, "good")], Token));
        await Refused(MetadataError.Invalid, () => Feedback.AddAsync([Item(0, "good", 1) with { Id = new string('a', 129) }], Token));
        (await Feedback.StateAsync(Token)).ShouldBe(new FeedbackState(0, 0, 0));
    }

    [Fact]
    public async Task Join_PredictionComesLater_JoinedThen()
    {
        await ChangesAsync();
        await Feedback.AddAsync([Item(0, "good", 1)], Token);
        await using (var nobody = new LoggedFolder(Feedback, _time))
        {
            (await nobody.JoinAsync()).ShouldBe(0);
            (await Feedback.WaitingAsync(LoggedEntries.Process, DateTimeOffset.MaxValue, 10, Token)).Single().Attempts.ShouldBe(0, "its process is not known there");
        }
        await using var predictions = await LoggedAsync(0);
        (await predictions.JoinAsync()).ShouldBe(0);
        (await Feedback.WaitingAsync(LoggedEntries.Process, DateTimeOffset.MaxValue, 10, Token)).ShouldBeEmpty("it is looked for again in a second");
        await predictions.AppendAsync(0, 1);
        (await predictions.JoinAsync()).ShouldBe(0);
        _time.UnixMilliseconds += 1000;
        (await predictions.JoinAsync()).ShouldBe(1);
        (await ChangesAsync()).Single().PredictionId.ShouldBe(Id(0));
    }

    [Fact]
    public async Task Join_LabelUnknownOrPredictionNeverFound_SetAsideWithTheReason()
    {
        await using var predictions = await LoggedAsync(1);
        await ChangesAsync();
        await Feedback.AddAsync([Item(0, "wonderful", 1), Item(5, "good", 1)], Token);
        await predictions.JoinAsync();
        (await Feedback.ListSetAsideAsync(cancellation: Token)).Single().ShouldBe(new SetAsideFeedback(Id(0), "wonderful", "the label is none of reviews/3's"));
        await Feedback.AddAsync([Item(0, "good", 2)], Token);
        (await predictions.JoinAsync()).ShouldBe(1, "a correction is joined as if nothing had been");
        (await Feedback.StateAsync(Token)).ShouldBe(new FeedbackState(1, 1, 0));
        _time.UnixMilliseconds += 31L * 86_400_000;
        await predictions.JoinAsync();
        await Feedback.AddAsync([Item(7, "good", 3)], Token);
        (await Feedback.StateAsync(Token)).ShouldBe(new FeedbackState(1, 0, 0), "what was joined and set aside so long ago is removed");
    }

    [Fact]
    public async Task Join_FilesOfOneProcessCannotBeRead_OthersAreJoinedAndItIsSaid()
    {
        const string Damaged = "000000000000", Unknown = "00000000fc00";
        await using var predictions = await LoggedAsync(1);
        await ChangesAsync();
        predictions.Damage(Damaged);
        await Feedback.AddAsync([new FeedbackItem(LoggedEntries.Id(LoggedEntries.Begin, 0, Damaged), "good"), new FeedbackItem(LoggedEntries.Id(LoggedEntries.Begin, 0, Unknown), "good"), Item(0, "good", 1)], Token);
        (await Should.ThrowAsync<DatasetException>(predictions.JoinAsync)).Message.ShouldContain($"{Damaged}-000000.parquet cannot be read");
        (await ChangesAsync()).Single().PredictionId.ShouldBe(Id(0), "though it comes after the damaged one");
    }

    [Fact]
    public async Task Consume_Fails_GetsTheSameAgainAndOnlyOnce()
    {
        await using var predictions = await LoggedAsync(20);
        await ChangesAsync();
        await Feedback.AddAsync([.. Enumerable.Range(0, 20).Select(i => Item(i, "good", 1))], Token);
        (await predictions.JoinAsync()).ShouldBe(20);
        await Should.ThrowAsync<InvalidOperationException>(() => Feedback.ConsumeAsync("tests", 7, (_, _, _) => throw new InvalidOperationException(), Token));
        var given = await ChangesAsync(7);
        given.Select(change => change.PredictionId).Order().ShouldBe(Enumerable.Range(0, 20).Select(Id).Order());
        given.Select(change => change.Number).ShouldBeInOrder();
        (await ChangesAsync()).ShouldBeEmpty();
        given.Single(change => change.PredictionId == Id(5)).Route.ShouldBeNull();
        given.Single(change => change.PredictionId == Id(6)).Route.ShouldBe((ulong)TrafficRouter.GroupOf(ulong.MaxValue - 6));
    }

    [Fact]
    public async Task AddAndJoin_AtTheSameTimeFromMany_EachChangeOnce()
    {
        await using var predictions = await LoggedAsync(50);
        await ChangesAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(
            async () =>
            {
                for (var round = 0; round < 4; round++)
                {
                    await Feedback.AddAsync([.. Enumerable.Range(0, 50).Select(i => Item(i, (writer + round + i) % 2 == 0 ? "good" : "it's bad", (writer * 10) + round))], Token);
                    await predictions.JoinAsync();
                }
            },
            Token)));
        await predictions.JoinAsync();
        foreach (var changes in (await ChangesAsync()).GroupBy(change => change.PredictionId))
        {
            changes.Select(change => change.Replaced).ShouldBe(changes.Select(change => (string?)change.Label).SkipLast(1).Prepend(null), "each replaces the one before it");
            var i = Enumerable.Range(0, 50).First(number => Id(number) == changes.Key);
            changes.Last().Label.ShouldBe((7 + 3 + i) % 2 == 0 ? "good" : "it's bad");
        }
    }

    private static Guid Id(int i) => LoggedEntries.Id(LoggedEntries.Begin + i, i);

    private static FeedbackItem Item(int i, string label, int? second) => new(Id(i), label, second is { } s ? DateTimeOffset.FromUnixTimeSeconds(s) : null);

    private async Task<LoggedFolder> LoggedAsync(int rows)
    {
        var folder = new LoggedFolder(Feedback, _time);
        await folder.AppendAsync(0, rows);
        return folder;
    }

    /// <summary>What the consumer of this test has not had.</summary>
    private async Task<List<FeedbackChange>> ChangesAsync(int most = 1000)
    {
        var all = new List<FeedbackChange>();
        IReadOnlyList<FeedbackChange> given = [];
        while (await Feedback.ConsumeAsync("tests", most, (_, changes, _) => given = changes, Token) > 0)
            all.AddRange(given);
        return all;
    }

    private static async Task Refused(MetadataError error, Func<Task> call) => (await Should.ThrowAsync<MetadataException>(call)).Error.ShouldBe(error);

    /// <summary>A prediction log in a folder of its own, and what joins feedback with it.</summary>
    private sealed class LoggedFolder(FeedbackStore feedback, TimeProvider time) : IAsyncDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private PredictionLog? _log;

        public Task<int> JoinAsync() => new FeedbackJoiner(feedback, _folder.Path, TimeSpan.FromDays(30), time).JoinAsync(Token);

        /// <summary>Makes a process known whose file of the first hour is no Parquet.</summary>
        public void Damage(string process)
        {
            foreach (var (name, content) in new[] { ($"processes/{process}.lock", ""), ($"archive/hour=2026-11-26T03/{process}-000000.parquet", "PAR1, or so") })
            {
                Directory.CreateDirectory(Path.GetDirectoryName(_folder.File(name))!);
                File.WriteAllText(_folder.File(name), content);
            }
        }

        /// <summary>Logs answers, and waits until they can be read.</summary>
        public async Task AppendAsync(int first, int count)
        {
            _log ??= PredictionLog.Open(new PredictionLogOptions { Folder = _folder.Path, RetentionDays = 3650 }, LoggedEntries.Node, TimeProvider.System);
            var version = _log.Register(LoggedEntries.Version);
            for (var i = first; i < first + count; i++)
                LoggedEntries.Append(_log, version, i, LoggedEntries.Begin + i);
            while (PredictionLogReader.Find(_folder.Path, [.. Enumerable.Range(first, count).Select(Id)]).Count < count)
                await Task.Delay(10, Token);
        }

        public async ValueTask DisposeAsync()
        {
            if (_log is not null)
                await _log.DisposeAsync();
            _folder.Dispose();
        }
    }
}
