using Plumbline.Server.BatchJobs;
using Plumbline.Server.Tests.Admission;

namespace Plumbline.Server.Tests.BatchJobs;

public sealed class RememberedJobsTests
{
    [Fact]
    public void Add_ManyOverTime_OnlyThoseOfTheDurationAreKept()
    {
        var time = new SteppedTime();
        var jobs = new RememberedJobs(TimeSpan.FromMinutes(1), time);
        jobs.Add("a").ShouldBeTrue();
        jobs.Add("a").ShouldBeFalse();
        jobs.Contains("a").ShouldBeTrue();
        for (var i = 0; i < 1000; i++, time.Step(1))
            jobs.Add($"job-{i}").ShouldBeTrue();
        jobs.Count.ShouldBeInRange(1, 61);
        jobs.Contains("a").ShouldBeFalse();
        jobs.Contains("job-999").ShouldBeTrue();
        jobs.Add("a").ShouldBeTrue();
    }
}
