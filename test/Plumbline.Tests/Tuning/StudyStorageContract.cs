using Plumbline.Tuning;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tests.Tuning;

/// <summary>What a storage of studies promises, whatever its kind.</summary>
public abstract class StudyStorageContract : IAsyncLifetime
{
    private static readonly StudyDefinition Definition = new() { Name = "s", Space = new([new FloatParameter("x", 0, 1)]) };
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
    private static readonly TrialParameters Parameters = new([new("x", 0.1), new("k", "ü"), new("n", 3), new("b", true)]);

    private long Mine { get; set; }

    private long Other { get; set; }

    private protected abstract IStudyStorage Storage { get; }

    public async ValueTask InitializeAsync() => (Mine, Other) = (await BeginLeaseAsync("mine"), await BeginLeaseAsync("other"));

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    /// <returns>The token of a new lease.</returns>
    protected abstract Task<long> BeginLeaseAsync(string name);

    /// <summary>The lease under this token is over.</summary>
    protected abstract Task EndLeaseAsync(long lease);

    [Fact]
    public async Task OpenStudy_SameDefinition_SameStudy()
    {
        var study = await Storage.OpenStudyAsync(Definition);
        (await Storage.OpenStudyAsync(Definition with { Directions = [StudyDirection.Maximize] })).ShouldBe(study);
        (await Storage.OpenStudyAsync(Definition with { Name = "t" })).ShouldNotBe(study);
        (await Should.ThrowAsync<TuningException>(() => Storage.OpenStudyAsync(Definition with { Seed = 1 }))).Message.ShouldContain("'s' exists already");
        (await Storage.LoadTrialsAsync(study)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Trial_FromStartToEnd_IsLoadedAsItStands()
    {
        var study = await Storage.OpenStudyAsync(Definition);
        (await Storage.TryCreateTrialAsync(study, Running(0), Mine)).ShouldBeTrue();
        (await Storage.TryCreateTrialAsync(study, Running(0), Other)).ShouldBeFalse();
        (await Storage.TryCreateTrialAsync(study, Running(2), Mine)).ShouldBeFalse();
        await ShouldHoldAsync(study, Running(0));
        await Storage.ReportAsync(study, 0, new(1, 0.1 + 0.2), Mine);
        await Storage.ReportAsync(study, 0, new(5, double.NaN), Mine);
        var reported = Running(0) with { Intermediate = [new(1, 0.1 + 0.2), new(5, double.NaN)] };
        await ShouldHoldAsync(study, reported);
        var ended = reported with { State = TrialState.Complete, Values = [1.0 / 3, -1e-300], Started = Start.AddSeconds(0.5), Ended = Start.AddSeconds(1) };
        await Storage.EndTrialAsync(study, ended, Mine);
        await ShouldHoldAsync(study, ended);
        await Should.ThrowAsync<LeaseLostException>(() => Storage.ReportAsync(study, 0, new(6, 1), Mine));
        await Should.ThrowAsync<LeaseLostException>(() => Storage.EndTrialAsync(study, ended, Mine));
        (await Storage.TryClaimTrialAsync(study, 0, Parameters, Start, Other)).ShouldBeFalse();
        await Storage.TryCreateTrialAsync(study, Running(1), Mine);
        var failed = Running(1) with { State = TrialState.Failed, Reason = "it broke", Ended = Start };
        await Storage.EndTrialAsync(study, failed, Mine);
        await ShouldHoldAsync(study, ended, failed);
    }

    [Fact]
    public async Task Trial_WhoseLeaseIsOver_IsClaimedAndItsWorkerRefused()
    {
        var study = await Storage.OpenStudyAsync(Definition);
        await Storage.TryCreateTrialAsync(study, Running(0), Mine);
        await Storage.ReportAsync(study, 0, new(1, 0.5), Mine);
        (await Storage.TryClaimTrialAsync(study, 0, Parameters, Start, Other)).ShouldBeFalse();
        await EndLeaseAsync(Mine);
        (await Storage.TryClaimTrialAsync(study, 0, Parameters, Start.AddHours(1), Other)).ShouldBeTrue();
        await ShouldHoldAsync(study, Running(0) with { Started = Start.AddHours(1), Lost = 1 });
        await Should.ThrowAsync<LeaseLostException>(() => Storage.ReportAsync(study, 0, new(2, 0.5), Mine));
        await Should.ThrowAsync<LeaseLostException>(() => Storage.EndTrialAsync(study, Running(0) with { State = TrialState.Pruned }, Mine));
        await Storage.ReportAsync(study, 0, new(1, 0.25), Other);
    }

    [Fact]
    public async Task Trial_ThatWaits_IsClaimedOnceAndGivenBackWithoutReports()
    {
        var study = await Storage.OpenStudyAsync(Definition);
        var waiting = new Trial(0, TrialState.Waiting, TrialParameters.Empty, [], []);
        await Storage.TryCreateTrialAsync(study, waiting, Mine);
        await ShouldHoldAsync(study, waiting);
        var claims = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => Storage.TryClaimTrialAsync(study, 0, Parameters, Start, Mine))));
        claims.Count(isMine => isMine).ShouldBe(1);
        await Storage.ReportAsync(study, 0, new(1, 0.5), Mine);
        await Storage.EndTrialAsync(study, waiting, Mine);
        await ShouldHoldAsync(study, waiting with { Parameters = Parameters });
    }

    [Fact]
    public async Task Trial_AddedUnderALeaseThatIsOver_IsRefused()
    {
        var study = await Storage.OpenStudyAsync(Definition);
        await EndLeaseAsync(Mine);
        await Should.ThrowAsync<LeaseLostException>(() => Storage.TryCreateTrialAsync(study, Running(0), Mine));
        // A worker that slept before it enqueued would else shift the numbers of the one that goes on.
        await Should.ThrowAsync<LeaseLostException>(() => Storage.TryCreateTrialAsync(study, new Trial(0, TrialState.Waiting, Parameters, [], []), Mine));
        await ShouldHoldAsync(study);
    }

    private static Trial Running(int number) => new(number, TrialState.Running, Parameters, [], [], Started: Start);

    private async Task ShouldHoldAsync(long study, params Trial[] trials) => (await Storage.LoadTrialsAsync(study)).Select(StudyJson.Write).ShouldBe(trials.Select(StudyJson.Write));
}
