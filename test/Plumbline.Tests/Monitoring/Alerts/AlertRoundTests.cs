using Plumbline.Monitoring.Alerts;
using Plumbline.Statistics;

namespace Plumbline.Tests.Monitoring.Alerts;

public sealed class AlertRoundTests
{
    private static readonly DateTimeOffset Begin = new(2026, 11, 26, 9, 0, 0, TimeSpan.Zero);
    private static readonly AlertRule Rule = new("High", "load", 10) { For = TimeSpan.FromMinutes(2), Why = "{what} is {value}" };
    private static readonly AlertOptions Options = new() { Rules = [Rule], Repeat = TimeSpan.FromHours(1), ResolveAfter = TimeSpan.FromMinutes(3) };

    [Fact]
    public void Changes_ConditionThatLasts_PendingThenFiringThenResolved()
    {
        var simulated = new Simulation(Options);
        simulated.Step(11, 0).ShouldBe(["pending"]);
        simulated.Step(12, 1).ShouldBe(["pending"]);
        simulated.Step(13, 2).ShouldBe(["firing Firing"]);
        simulated.Only.Why.ShouldBe("disk is 13");
        simulated.Only.Started.ShouldBe(Begin);
        simulated.Step(9, 3).ShouldBeEmpty("it may come back");
        simulated.Step(9, 5).ShouldBe(["resolved Resolved"]);
        simulated.Step(9, 6).ShouldBeEmpty();
    }

    [Fact]
    public void Changes_ConditionThatPasses_ForgottenAndBegunAnew()
    {
        var simulated = new Simulation(Options);
        simulated.Step(11, 0);
        simulated.Step(10, 1).ShouldBe(["forgotten"]);
        simulated.Step(11, 2).ShouldBe(["pending"]);
        simulated.Step(11, 3).ShouldBe(["pending"]);
        simulated.Step(11, 4).ShouldBe(["firing Firing"]);
    }

    [Fact]
    public void Changes_ConditionFlutters_OneAlert()
    {
        var simulated = new Simulation(Options);
        foreach (var minute in Enumerable.Range(0, 3))
            simulated.Step(11, minute);
        var told = Enumerable.Range(3, 40).SelectMany(minute => simulated.Step(minute % 3 == 0 ? 11 : 9, minute)).Where(change => change.Contains(' ', StringComparison.Ordinal));
        told.ShouldBeEmpty();
        simulated.Only.State.ShouldBe(AlertState.Firing);
    }

    [Fact]
    public void Changes_FiresForLong_RemindedUntilAcknowledged()
    {
        var simulated = new Simulation(Options);
        foreach (var minute in Enumerable.Range(0, 3))
            simulated.Step(11, minute);
        simulated.Step(11, 61).ShouldBe(["firing"]);
        simulated.Step(11, 62).ShouldBe(["firing Reminder"]);
        simulated.Step(11, 63).ShouldBe(["firing"]);
        simulated.Step(11, 122).ShouldBe(["firing Reminder"]);
        simulated.Acknowledge();
        simulated.Step(11, 200).ShouldBe(["firing"]);
        simulated.Step(9, 204).ShouldBe(["resolved Resolved"]);
    }

    [Fact]
    public void Changes_RoundIsIncomplete_NothingEnds()
    {
        var simulated = new Simulation(Options);
        simulated.Step(11, 0);
        simulated.Step(null, 1, isComplete: false).ShouldBeEmpty();
        simulated.Step(11, 2).ShouldBe(["firing Firing"]);
        simulated.Step(null, 30, isComplete: false).ShouldBeEmpty();
        simulated.Step(null, 31).ShouldBe(["resolved Resolved"]);
    }

    [Fact]
    public void Changes_NobodyLookedForLong_PendingBeginsAnew()
    {
        var simulated = new Simulation(Options);
        simulated.Step(11, 0);
        simulated.Step(11, 10).ShouldBe(["pending"]);
        simulated.Step(11, 12).ShouldBe(["firing Firing"]);
    }

    [Fact]
    public void Changes_ClockWasSetBack_FiresEndsAndRemindsAllTheSame()
    {
        var pending = new Simulation(Options);
        pending.Step(11, 600);
        pending.Step(11, 0).ShouldBe(["pending"]);
        pending.Step(11, 2).ShouldBe(["firing Firing"]);

        var firing = new Simulation(Options);
        firing.Step(11, 600);
        firing.Step(11, 602).ShouldBe(["firing Firing"]);
        firing.Step(9, 0).ShouldBe(["firing"]);
        firing.Step(9, 2).ShouldBeEmpty();
        firing.Step(9, 3).ShouldBe(["resolved Resolved"]);

        var lasting = new Simulation(Options);
        lasting.Step(11, 600);
        lasting.Step(11, 602);
        lasting.Step(11, 0).ShouldBe(["firing"]);
        lasting.Step(11, 60).ShouldBe(["firing Reminder"]);
    }

    [Fact]
    public void Changes_RuleIsGone_ItsAlertEnds()
    {
        var simulated = new Simulation(Options);
        foreach (var minute in Enumerable.Range(0, 3))
            simulated.Step(11, minute);
        simulated.Options = Options with { Rules = [Rule with { Enabled = false }] };
        simulated.Step(11, 5).ShouldBe(["resolved Resolved"]);
    }

    [Fact]
    public void Observe_SeveralOfOneAlert_TheWorstCounts()
    {
        var round = new AlertRound("m", Options, Begin);
        round.Observe([new AlertObservation("load", 11), new AlertObservation("load", 30), new AlertObservation("load", 20)]);
        round.Broken.ShouldHaveSingleItem().Value.ShouldBe(30);
        var below = new AlertRound("m", Options with { Rules = [new AlertRule("Low", "load", 5, IsBelow: true)] }, Begin);
        below.Observe([new AlertObservation("load", 4), new AlertObservation("load", 1), new AlertObservation("load", 3)]);
        below.Broken.ShouldHaveSingleItem().Value.ShouldBe(1);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(10)]
    public void Observe_AtTheLimitOrNoNumber_NotBroken(double value)
    {
        var round = new AlertRound("m", Options, Begin);
        round.Observe([new AlertObservation("load", value)]);
        round.Broken.ShouldBeEmpty();
    }

    [Fact]
    public void Observe_LabelsAsked_OnlyThoseAndWithTheRulesOwn()
    {
        var rule = Rule with { Where = new Dictionary<string, string> { ["kind"] = "input" }, Labels = new Dictionary<string, string> { ["team"] = "a", ["kind"] = "x" } };
        var round = new AlertRound("m", Options with { Rules = [rule] }, Begin);
        round.Observe([Of("input"), Of("output"), new AlertObservation("load", 20)]);
        var found = round.Broken.ShouldHaveSingleItem();
        found.Labels.OrderBy(label => label.Key).Select(label => $"{label.Key}={label.Value}").ShouldBe(["kind=input", "team=a"]);
        found.DedupKey.ShouldBe(Alert.KeyOf("m", "High", new Dictionary<string, string> { ["team"] = "a", ["kind"] = "input" }));

        static AlertObservation Of(string kind) => new("load", new Dictionary<string, string> { ["kind"] = kind }, 20);
    }

    [Theory]
    [InlineData(AlertUnit.None, 0.123456, "load of a is 0.1235, not {b}")]
    [InlineData(AlertUnit.Share, 0.123456, "load of a is 12.35%, not {b}")]
    [InlineData(AlertUnit.Seconds, 0.123456, "load of a is 0.123 s, not {b}")]
    [InlineData(AlertUnit.None, 1200, "load of a is 1200, not {b}")]
    public void Explain_ValueAndLabels_PutIn(AlertUnit unit, double value, string why) =>
        new AlertRule("High", "load", 10) { Why = "load of {what} is {value}, not {b}", Unit = unit }.Explain(new Dictionary<string, string> { ["what"] = "a" }, value).ShouldBe(why);

    [Fact]
    public void Changes_AnyHistory_FiresAsOneWhoKeepsItAllSays()
    {
        for (var seed = 1UL; seed <= 200; seed++)
        {
            var (random, simulated, history) = (new RandomSource(seed), new Simulation(Options), new List<bool>());
            var isFiring = false;
            for (var minute = 0; minute < 60; minute++)
            {
                var isBroken = random.NextDouble() < (seed % 2 == 0 ? 0.8 : 0.4);
                history.Add(isBroken);
                simulated.Step(isBroken ? 11 : 1, minute);
                // Broken in each minute from two ago on: it fires. Whole in each of the last three: it does not.
                if (!isFiring && history.Count > 2 && history.TakeLast(3).All(broken => broken))
                    isFiring = true;
                else if (isFiring && history.TakeLast(3).All(broken => !broken))
                    isFiring = false;
                (simulated.Alerts.SingleOrDefault()?.State == AlertState.Firing).ShouldBe(isFiring, $"seed {seed}, minute {minute}");
            }
        }
    }

    private sealed class Simulation(AlertOptions options)
    {
        public AlertOptions Options { get; set; } = options;

        public List<Alert> Alerts { get; private set; } = [];

        public Alert Only => Alerts.Single();

        public void Acknowledge() => Alerts = [Only with { Acknowledged = Begin, AcknowledgedBy = "ann" }];

        public string[] Step(double? load, int minute, bool isComplete = true)
        {
            var round = new AlertRound("m", Options, Begin.AddMinutes(minute)) { IsComplete = isComplete };
            if (load is { } value)
                round.Observe([new AlertObservation("load", new Dictionary<string, string> { ["what"] = "disk" }, value), new AlertObservation("other", 99)]);
            var changes = round.Changes(Alerts).ToArray();
            foreach (var change in changes)
            {
                Alerts.RemoveAll(alert => alert.Id == change.Alert.Id);
                if (!change.IsForgotten && change.Alert.State is AlertState.Pending or AlertState.Firing)
                    Alerts.Add(change.Alert);
            }
            return [.. changes.Select(change => change.IsForgotten ? "forgotten" : $"{change.Alert.State.ToString().ToLowerInvariant()} {change.Event}".Trim())];
        }
    }
}
