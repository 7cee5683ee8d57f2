using Plumbline.Pipelines.Retention;
using Plumbline.Pipelines.Schedules;
using Plumbline.Projects;

namespace Plumbline.Tests.Projects;

public sealed class PipelinesSectionTests
{
    [Fact]
    public void Read_Schedules_AreThoseOfTheFile()
    {
        var schedules = Read("""
            pipelines:
              schedules:
                - {name: nightly, pipeline: training, cron: 0 3 * * *, time_zone: Europe/Berlin, catch_up: none, parameters: {promote: false, training: {seed: 7}}}
                - {name: weekly, pipeline: training, cron: "@weekly"}
            """);
        schedules.Select(schedule => (schedule.Name, schedule.Cron, schedule.TimeZone, schedule.CatchUp))
            .ShouldBe([("nightly", "0 3 * * *", "Europe/Berlin", CatchUp.None), ("weekly", "@weekly", "UTC", CatchUp.Latest)]);
        schedules[0].Parameters.ToJsonString().ShouldBe("""{"promote":false,"training":{"seed":7}}""");
        schedules[1].Parameters.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("{pipeline: training, cron: '@daily'}", "pipelines.schedules[0].name is missing")]
    [InlineData("{name: a, cron: '@daily'}", "pipelines.schedules[0].pipeline is missing")]
    [InlineData("{name: a, pipeline: training}", "pipelines.schedules[0].cron is missing")]
    [InlineData("{name: a, pipeline: training, cron: 61 * * * *}", "pipelines.schedules[0] cannot be used: cron: '61 * * * *' cannot be read")]
    [InlineData("{name: a, pipeline: training, cron: '@daily', time_zone: Mars}", "pipelines.schedules[0] cannot be used: time_zone: 'Mars' is unknown")]
    [InlineData("{name: a, pipeline: training, cron: '@daily', catch_up: some}", "not one of none, latest, all")]
    [InlineData("{name: a, pipeline: training, cron: '@daily', every: 1d}", "unknown key 'pipelines.schedules[0].every'")]
    [InlineData("{name: a, pipeline: training, cron: '@daily'}, {name: a, pipeline: training, cron: '@daily'}", "has the name 'a' 2 times")]
    public void Read_WhatCannotBe_IsNamed(string schedules, string expected) =>
        Should.Throw<ProjectException>(() => Read($"pipelines: {{schedules: [{schedules}]}}")).Message.ShouldContain(expected);

    [Theory]
    [InlineData("", 100, 30)]
    [InlineData("pipelines: {retention: {keep: 5}}", 5, 30)]
    [InlineData("pipelines: {retention: {keep_days: 0.5}}", 100, 0.5)]
    public void Read_Retention_IsThatOfTheFile(string yaml, int keep, double days) =>
        ProjectReader.Read("/plumbline.yaml", new StringReader(yaml), []).Retention.ShouldBe(new RunRetention { Keep = keep, KeepDays = days });

    [Theory]
    [InlineData("{keep: -1}", "pipelines.retention cannot be used: pipelines.retention.keep is -1; it must be at least 0")]
    [InlineData("{keep_days: 40000}", "pipelines.retention.keep_days is 40000; it must be within 0 and 36500")]
    [InlineData("{days: 3}", "unknown key 'pipelines.retention.days'")]
    public void Read_RetentionThatCannotBe_IsNamed(string retention, string expected) =>
        Should.Throw<ProjectException>(() => Read($"pipelines: {{retention: {retention}}}")).Message.ShouldContain(expected);

    private static IReadOnlyList<PipelineSchedule> Read(string yaml) => ProjectReader.Read("/plumbline.yaml", new StringReader(yaml), []).Schedules;
}
