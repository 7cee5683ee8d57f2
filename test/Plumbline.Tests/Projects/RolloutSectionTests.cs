using System.Text.Json;
using Plumbline.Inference.Routing;
using Plumbline.Projects;
using Plumbline.Rollouts;
using Plumbline.Rollouts.Gates;

namespace Plumbline.Tests.Projects;

public sealed class RolloutSectionTests
{
    [Fact]
    public void Read_Canary_IsAsWritten()
    {
        var template = Read("""
            rollout:
              kind: canary
              unit: item
              salt: november
              alpha: 0.01
              replay: 24h
              gates:
                - {kind: latency_p99, most_ratio: 1.5}
                - {kind: label_recall, label: 1, margin: 0.02, least_samples: 500}
              steps:
                - {weight: 0.05, duration: 10m}
                - {weight: 0.5, duration: 1.5h, deadline: 1d, overdue: roll_back, needs_approval: true, gates: [{kind: macro_f1, least: 0.7}]}
            """)!;
        (template.Kind, template.Unit, template.Salt, template.Alpha, template.Replay).ShouldBe((RolloutKind.Canary, RolloutUnit.Item, "november", 0.01, TimeSpan.FromDays(1)));
        template.Gates.ShouldBe(
        [
            new RolloutGate { Kind = GateKind.LatencyP99, MostRatio = 1.5 }, new RolloutGate { Kind = GateKind.LabelRecall, Label = "1", Margin = 0.02, LeastSamples = 500 },
        ]);
        template.Steps.Select(step => (step.Weight, step.Duration, step.NeedsApproval, step.Deadline, step.Overdue, step.Gates.Count)).ShouldBe(
        [
            (0.05, TimeSpan.FromMinutes(10), false, null, OverdueAction.Stay, 0), (0.5, TimeSpan.FromMinutes(90), true, TimeSpan.FromDays(1), OverdueAction.RollBack, 1),
        ]);
        Read("").ShouldBeNull();
    }

    [Fact]
    public void Read_TestAndBandit_AreAsWritten()
    {
        Read("rollout: {kind: ab, test: {metric: label_f1, label: bad, minimum_effect: 0.03, horizon: 8872, least_duration: 7d}}")!.Test
            .ShouldBe(new AbTest(RolloutMetric.LabelF1, 0.03, 8872, "bad", LeastDuration: TimeSpan.FromDays(7)));
        var sliced = Read("rollout: {kind: ab, test: {metric: accuracy, minimum_effect: 0.03, horizon: 8872, slices: [country, channel], most_slices: 12}}")!.Test!;
        (sliced.Slices, sliced.MostSlices).ShouldBe((sliced.Slices, 12));
        sliced.Slices.ShouldBe(["country", "channel"]);
        Read("rollout: {kind: bandit, bandit: {period: 1h, metric: accuracy, floor: 0.1}}")!.Bandit.ShouldBe(new BanditPlan(TimeSpan.FromHours(1), RolloutMetric.Accuracy, 0.1));
        var traffic = ProjectReader.Read("/plumbline.yaml", new StringReader("traffic: {unit: user, salt: november}"), []).Traffic;
        traffic.ShouldBe(new TrafficSettings(RoutingUnit.User, "november"));
    }

    [Theory]
    [InlineData("{}", "rollout.kind is missing; write canary, ab or bandit")]
    [InlineData("{kind: canary}", "rollout.steps: is missing in kind canary")]
    [InlineData("{kind: canary, steps: [{weight: 2}], gates: [{kind: error_rate, most: 0.1}]}", "rollout.steps[0].weight: 2 is not above the step before")]
    [InlineData("{kind: canary, steps: [{weight: 0.1, duration: 10}], gates: [{kind: error_rate, most: 0.1}]}", "rollout.steps[0].duration is '10', no time")]
    [InlineData("{kind: canary, steps: [{weight: 0.1}], gates: [{kind: error_rate}]}", "rollout.gates[0]: error_rate needs exactly one of most and margin")]
    [InlineData("{kind: canary, steps: [{weigth: 0.1}]}", "rollout.steps[0].weight is missing")]
    [InlineData("{kind: canary, steps: [{weight: 0.1, weigth: 1}]}", "unknown key 'rollout.steps[0].weigth'")]
    [InlineData("{kind: ab, test: {metric: accuracy}}", "rollout.test needs metric, minimum_effect and horizon")]
    [InlineData("{kind: ab, replay: 1h, test: {metric: accuracy, minimum_effect: 0.1, horizon: 1000}}", "rollout.replay: only a canary")]
    [InlineData("{kind: ab, test: {metric: accuracy, minimum_effect: 0.1, horizon: 1000, most_slices: 5}}", "rollout.test.most_slices: belongs to test.slices")]
    [InlineData("{kind: bandit, bandit: {floor: 0.1}}", "rollout.bandit.period is missing")]
    [InlineData("{kind: blue_green}", "rollout.kind is 'blue_green', not one of canary, ab, bandit")]
    public void Read_Wrong_NamesTheKey(string section, string message) => Should.Throw<ProjectException>(() => Read($"rollout: {section}")).Message.ShouldContain(message);

    [Theory]
    [InlineData("kind", typeof(RolloutKind))]
    [InlineData("unit", typeof(RolloutUnit))]
    [InlineData("gates.items.kind", typeof(GateKind))]
    [InlineData("steps.items.gates.items.kind", typeof(GateKind))]
    [InlineData("steps.items.overdue", typeof(OverdueAction))]
    [InlineData("test.metric", typeof(RolloutMetric))]
    [InlineData("bandit.metric", typeof(RolloutMetric))]
    public void Schema_Enumerations_AreTheReadersNames(string path, Type type)
    {
        var node = JsonDocument.Parse(ProjectTemplate.Schema()).RootElement.GetProperty("properties").GetProperty("rollout");
        foreach (var part in path.Split('.'))
            node = part == "items" ? node.GetProperty("items") : node.GetProperty("properties").GetProperty(part);
        node.GetProperty("enum").EnumerateArray().Select(name => name.GetString()!).ShouldBe(Enum.GetNames(type).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName));
    }

    private static RolloutTemplate? Read(string yaml) => ProjectReader.Read("/plumbline.yaml", new StringReader(yaml), []).Rollout;
}
