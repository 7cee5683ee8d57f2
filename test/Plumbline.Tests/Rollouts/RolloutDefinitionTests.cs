using System.Text.Json;
using Plumbline.Rollouts;
using Plumbline.Rollouts.Gates;

namespace Plumbline.Tests.Rollouts;

public sealed class RolloutDefinitionTests
{
    private static readonly RolloutDefinition Canary = new("r", RolloutKind.Canary, "reviews/3", [new("reviews/4")])
    {
        Gates = [new() { Kind = GateKind.ErrorRate, Most = 0.01 }],
        Steps = [new(0.1), new(0.5) { Duration = TimeSpan.FromHours(1), Deadline = TimeSpan.FromDays(1), NeedsApproval = true }],
    };

    private static readonly RolloutDefinition Ab = Canary with
    {
        Kind = RolloutKind.Ab,
        Steps = [],
        Candidates = [new("reviews/4", 0.5)],
        Test = new AbTest(RolloutMetric.Accuracy, 0.02, 5000),
    };

    private static readonly RolloutDefinition Bandit = Canary with { Kind = RolloutKind.Bandit, Steps = [], Bandit = new BanditPlan(TimeSpan.FromHours(1)) };

    public static TheoryData<string, RolloutDefinition> Wrong => new()
    {
        { "name: ", Canary with { Name = " " } },
        { "stable: 'reviews@champion'", Canary with { Stable = "reviews@champion" } },
        { "candidates[0]: 'reviews'", Canary with { Candidates = [new("reviews")] } },
        { "candidates: a rollout needs one", Canary with { Candidates = [] } },
        { "candidates: a version stands twice", Canary with { Candidates = [new("reviews/3")] } },
        { "candidates[0]: 'tickets/4' is no version of reviews", Canary with { Candidates = [new("tickets/4")] } },
        { "candidates[1]: it is null", Ab with { Candidates = [new("reviews/4", 0.5), null!] } },
        { "candidates: 9 versions are more than 8", Bandit with { Candidates = [.. Enumerable.Range(4, 9).Select(version => new CandidateShare($"reviews/{version}"))] } },
        { "salt: the name, which stands for it, has 101 characters", Canary with { Name = new string('r', 101) } },
        { "salt: it has 101 characters", Canary with { Salt = new string('s', 101) } },
        { "steps[1]: it is null", Canary with { Steps = [Canary.Steps[0], null!] } },
        { "gates[0]: it is null", Canary with { Gates = [null!] } },
        { "steps[0].gates[0]: it is null", Canary with { Steps = [new(0.1) { Gates = [null!] }] } },
        { "candidates: a canary has one, not 2", Canary with { Candidates = [new("reviews/4"), new("reviews/5")] } },
        { "candidates: weights", Ab with { Candidates = [new("reviews/4", 0.6), new("reviews/5", 0.5)] } },
        { "candidates: in an A/B test", Ab with { Candidates = [new("reviews/4", 1)] } },
        { "alpha: 0 ", Canary with { Alpha = 0 } },
        { "steps: is missing", Canary with { Steps = [] } },
        { "test: belongs to another kind of rollout than kind canary", Canary with { Test = Ab.Test } },
        { "bandit: is missing in kind bandit", Bandit with { Bandit = null } },
        { "steps[1].weight: 0.1 ", Canary with { Steps = [Canary.Steps[0], Canary.Steps[0]] } },
        { "steps[0].weight: 1 leaves", Canary with { Steps = [new(1)], Gates = [new() { Kind = GateKind.ErrorRate, Margin = 0.01 }] } },
        { "steps[0].gates: no gate", Canary with { Gates = [] } },
        { "steps[0].deadline: ", Canary with { Steps = [Canary.Steps[1] with { Deadline = TimeSpan.FromMinutes(1) }] } },
        { "gates[0]: latency_p99 needs exactly one of most and most_ratio, not none", Canary with { Gates = [new() { Kind = GateKind.LatencyP99 }] } },
        { "gates[0]: error_rate needs exactly one of most and margin, not most_ratio", Canary with { Gates = [new() { Kind = GateKind.ErrorRate, MostRatio = 2 }] } },
        { "gates[0]: macro_f1 needs exactly one of least and margin, not margin and least", Canary with { Gates = [new() { Kind = GateKind.MacroF1, Least = 0.5, Margin = 0.1 }] } },
        { "gates[0].most: 1.5 ", Canary with { Gates = [new() { Kind = GateKind.Disagreement, Most = 1.5 }] } },
        { "gates[0].label: label_recall needs one", Canary with { Gates = [new() { Kind = GateKind.LabelRecall, Least = 0.5 }] } },
        { "gates[0].label: accuracy takes none", Canary with { Gates = [new() { Kind = GateKind.Accuracy, Least = 0.5, Label = "good" }] } },
        { "gates[0].column: and value", Canary with { Gates = [new() { Kind = GateKind.Accuracy, Least = 0.5, Column = "country" }] } },
        { "gates[0].column: error_rate is over all requests", Canary with { Gates = [new() { Kind = GateKind.ErrorRate, Most = 0.5, Column = "country", Value = "DE" }] } },
        { "gates[0].least_samples: 0 ", Canary with { Gates = [new() { Kind = GateKind.Accuracy, Least = 0.5, LeastSamples = 0 }] } },
        { "test.minimum_effect: 0 ", Ab with { Test = Ab.Test! with { MinimumEffect = 0 } } },
        { "test.horizon: 50 ", Ab with { Test = Ab.Test! with { Horizon = 50 } } },
        { "test.label: label_f1 needs one", Ab with { Test = Ab.Test! with { Metric = RolloutMetric.LabelF1 } } },
        { "bandit.metric: macro_f1", Bandit with { Bandit = Bandit.Bandit! with { Metric = RolloutMetric.MacroF1 } } },
        { "bandit.floor: 0.6 ", Bandit with { Bandit = Bandit.Bandit! with { Floor = 0.6 } } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Validate_WhatCannotBe_IsRefusedByKey(string beginning, RolloutDefinition definition) =>
        Should.Throw<ArgumentException>(() => RolloutAnalysis.Begin(definition, SimulatedRollout.Start)).Message.ShouldStartWith(beginning);

    [Fact]
    public void Json_EachKind_ReadsAsWritten()
    {
        foreach (var definition in new[] { Canary, Ab, Bandit })
        {
            definition.Validate();
            var json = JsonSerializer.Serialize(definition, RolloutJson.Default.RolloutDefinition);
            var read = JsonSerializer.Deserialize(json, RolloutJson.Default.RolloutDefinition)!;
            read.Validate();
            JsonSerializer.Serialize(read, RolloutJson.Default.RolloutDefinition).ShouldBe(json);
        }
        JsonSerializer.Serialize(Canary, RolloutJson.Default.RolloutDefinition).ShouldContain("""{"weight":0.5,"duration":"01:00:00","needs_approval":true,"deadline":"1.00:00:00","overdue":"stay","gates":[]}""");
    }

    [Fact]
    public void Json_OnlyWhatIsNeeded_HasTheDefaults()
    {
        Read("""{"name":"r","kind":"canary","stable":"m/1","candidates":[{"version":"m/2"}],"steps":[{"weight":0.1,"gates":[{"kind":"latency_p99","most":50}]}]}""")
            .ShouldBe((0.05, RolloutUnit.User, null, 0));
        Read("""{"name":"r","kind":"ab","stable":"m/1","candidates":[{"version":"m/2","weight":0.5}],"test":{"metric":"outcome","minimum_effect":0.1,"horizon":500}}""")
            .ShouldBe((0.05, RolloutUnit.User, new AbTest(RolloutMetric.Outcome, 0.1, 500), 0));
        Read("""{"name":"r","kind":"bandit","stable":"m/1","candidates":[{"version":"m/2"}],"bandit":{"period":"1.00:00:00"}}""").ShouldBe((0.05, RolloutUnit.User, null, 0.95));

        static (double, RolloutUnit, AbTest?, double) Read(string json)
        {
            var definition = JsonSerializer.Deserialize(json, RolloutJson.Default.RolloutDefinition)!;
            definition.Validate();
            return (definition.Alpha, definition.Unit, definition.Test, definition.Bandit?.Stop ?? 0);
        }
    }

    [Theory]
    [InlineData("""{"name":"r","kind":"canary","stable":"m/1","candidates":[],"stepz":[]}""")]
    [InlineData("""{"name":"r","kind":"blue_green","stable":"m/1","candidates":[]}""")]
    [InlineData("""{"name":"r","kind":0,"stable":"m/1","candidates":[]}""")]
    [InlineData("""{"name":"r","kind":"canary","stable":"m/1"}""")]
    [InlineData("""{"name":"r","kind":"canary","stable":"m/1","candidates":null}""")]
    public void Json_UnknownKeysAndWords_AreRefused(string json) => Should.Throw<JsonException>(() => JsonSerializer.Deserialize(json, RolloutJson.Default.RolloutDefinition));
}
