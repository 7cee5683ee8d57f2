using Plumbline.Server.BatchJobs;

namespace Plumbline.Server.Tests.BatchJobs;

public sealed class RememberedJobsTests
{
    [Fact]
    public void Add_ManyOverTime_OnlyThoseOfTheDurationAreKept()
    {
        var clock = new Clock();
        var jobs = new RememberedJobs(TimeSpan.FromMinutes(1), clock);
        jobs.Add("a").ShouldBeTrue();
        jobs.Add("a").ShouldBeFalse();
        jobs.Contains("a").ShouldBeTrue();
        for (var i = 0; i < 1000; i++, clock.Now += TimeSpan.FromSeconds(1))
            jobs.Add($"job-{i}").ShouldBeTrue();
        jobs.Count.ShouldBeInRange(1, 61);
        jobs.Contains("a").ShouldBeFalse();
        jobs.Contains("job-999").ShouldBeTrue();
        jobs.Add("a").ShouldBeTrue();
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
