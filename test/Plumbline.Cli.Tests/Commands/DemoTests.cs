using System.Text.Json;

namespace Plumbline.Cli.Tests.Commands;

public sealed class DemoTests
{
    /// <summary>Minutes: alerts go out every half minute, and a canary takes its time.</summary>
    [Fact(Explicit = true)]
    public async Task Drift_Generated_EachStepReallyHappens()
    {
        using var folder = new TemporaryFolder();
        var answer = (await Cli.RunProcessAsync(folder.Path, "demo", "drift", "--known", "3000", "--calm", "800", "--folder", folder.File("demo"), "--json")).ShouldSucceed();
        var steps = answer.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        steps.ShouldAllBe(step => step.GetProperty("ok").GetBoolean());
        steps.Select(step => step.GetProperty("step").GetString()).ShouldBe(
            ["trained", "served", "drift", "report", "retraining", "champion against challenger", "canary", "alert", "promotion", "recovered"]);
        var story = (await Cli.RunAsync("retraining", "--home", Path.Combine(folder.File("demo"), "state"), "--json")).ShouldSucceed().Json.EnumerateArray().ShouldHaveSingleItem();
        (story.GetProperty("state").GetString(), story.GetProperty("trigger").GetString()).ShouldBe(("promoted", "drift"));
    }

    [Theory]
    [InlineData("--calm", "10", "--known and --calm are at least 100")]
    [InlineData("--strength", "2", "--strength above 0 and at most 1")]
    public async Task Drift_WhatCannotBe_IsNamed(string option, string value, string message) =>
        (await Cli.RunAsync("demo", "drift", option, value, "--json")).ShouldFail(2, "usage", message);
}
