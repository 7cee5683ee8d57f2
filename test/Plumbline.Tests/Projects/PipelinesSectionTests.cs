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

    private static IReadOnlyList<PipelineSchedule> Read(string yaml) => ProjectReader.Read("/plumbline.yaml", new StringReader(yaml), []).Schedules;
}
