using Plumbline.Monitoring;
using Plumbline.Pipelines.Retraining;
using Plumbline.Projects;

namespace Plumbline.Tests.Projects;

public sealed class RetrainingSectionTests
{
    [Fact]
    public void Read_Section_IsThePolicy()
    {
        var policy = Read("""
            mode: auto
            profile: production
            every: 30s
            drift_window: 2h
            cool_down: 12h
            approve_within: 3d
            budget: {runs: 2, period: 7d, trials: 10, time: 1h}
            new_labels: 500
            source_growth: 0.25
            schedule: "0 3 * * 1"
            time_zone: Europe/Berlin
            data: {feedback: false, wait_for_labels: 1000, window: 14d, held_out: 0.5, least_labels: 50, least_gain: -0.01}
            """)!;
        policy.ShouldBe(new RetrainingPolicy
        {
            Mode = RetrainingMode.Auto,
            Profile = DriftProfile.Production,
            Every = TimeSpan.FromSeconds(30),
            DriftWindow = TimeSpan.FromHours(2),
            CoolDown = TimeSpan.FromHours(12),
            ApproveWithin = TimeSpan.FromDays(3),
            Budget = new RetrainingBudget(2) { Period = TimeSpan.FromDays(7), Trials = 10, Time = TimeSpan.FromHours(1) },
            NewLabels = 500,
            SourceGrowth = 0.25,
            Schedule = "0 3 * * 1",
            TimeZone = "Europe/Berlin",
            Data = new RetrainingData { Feedback = false, WaitForLabels = 1000, Window = TimeSpan.FromDays(14), HeldOut = 0.5, LeastLabels = 50, LeastGain = -0.01 },
        });
        ProjectReader.Read("/plumbline.yaml", new StringReader("project: reviews"), []).Retraining.ShouldBeNull();
    }

    [Theory]
    [InlineData("mode: sometimes", "retraining.mode is 'sometimes', not one of auto, approve, off")]
    [InlineData("profile: strict", "retraining.profile is no profile; there are default and production")]
    [InlineData("budget: {runs: 0}", "retraining.budget.runs is 0; it must be at least 1")]
    [InlineData("data: {held_out: 0.9}", "retraining.data.held_out is 0.9; it must be above 0 and at most 0.8")]
    [InlineData("every: 0s", "retraining.every must be above 0")]
    [InlineData("schedule: \"61 * * * *\"", "retraining.schedule cannot be used: cron: '61 * * * *' cannot be read")]
    [InlineData("cooldown: 1h", "unknown key 'retraining.cooldown'; did you mean 'cool_down'?")]
    public void Read_WhatCannotBe_NamesTheKey(string yaml, string message) => Should.Throw<ProjectException>(() => Read(yaml)).Message.ShouldContain(message);

    private static RetrainingPolicy? Read(string yaml) =>
        ProjectReader.Read("/plumbline.yaml", new StringReader("retraining:\n" + string.Join('\n', yaml.Split('\n').Select(line => "  " + line))), []).Retraining;
}
