using Plumbline.Monitoring.Alerts;
using Plumbline.Monitoring.Alerts.Notifiers;
using Plumbline.Statistics;
using Plumbline.Storage;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Monitoring.Alerts;

/// <summary>Alerts, what waits to be told of them, and counts of requests over a metadata store of any kind.</summary>
public abstract class AlertStoreContract : BackendTests
{
    private const string Model = "reviews";

    private static readonly DateTimeOffset Begin = new(2026, 11, 26, 9, 0, 0, TimeSpan.Zero);
    private static readonly AlertRule Rule = new("High", "load", 10) { For = TimeSpan.FromMinutes(2), Severity = AlertSeverity.Critical };

    private static readonly AlertOptions Options = new()
    {
        Rules = [Rule],
        Notifiers = [Hook("all", AlertSeverity.Info), Hook("duty", AlertSeverity.Critical)],
    };

    private readonly ManualTime _time = new() { UnixMilliseconds = Begin.ToUnixTimeMilliseconds() };

    private AlertStore Alerts => new(Store, _time);

    private AlertOutbox Outbox => new(Store, _time);

    [Fact]
    public async Task Evaluate_ConditionLastsOverARestart_FiresAndIsTold()
    {
        var first = await EvaluatorAsync();
        (await EvaluateAsync(first, 11)).ShouldBe(AlertState.Pending);
        Pass(TimeSpan.FromMinutes(1));
        (await EvaluateAsync(first, 12)).ShouldBe(AlertState.Pending);
        await first.ReleaseAsync(Token);
        var second = new AlertEvaluator(OpenAnother(), Model, Options, _time);
        (await second.HoldAsync("b", TimeSpan.FromMinutes(1), Token)).ShouldBeTrue();
        Pass(TimeSpan.FromMinutes(1));
        (await second.HoldAsync("b", TimeSpan.FromMinutes(1), Token)).ShouldBeTrue();
        (await EvaluateAsync(second, 13)).ShouldBe(AlertState.Firing);
        var alert = (await Alerts.ListAsync(Model, cancellation: Token)).ShouldHaveSingleItem();
        (alert.Started, alert.Fired, alert.Value, alert.Why).ShouldBe((Begin, Begin.AddMinutes(2), 13.0, "load is 13, above 10"));
        await AddressAsync();
        (await Outbox.WaitingAsync(Model, Token)).Select(message => (message.Notifier, message.Notices.Single().Event)).ShouldBe([("all", AlertEvent.Firing), ("duty", AlertEvent.Firing)], ignoreOrder: true);
        (await Outbox.WaitingAsync("other", Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Hold_AnotherEvaluates_WaitsUntilItsLeaseIsOverAndThenItChangesNothing()
    {
        var (first, second) = (await EvaluatorAsync(), new AlertEvaluator(OpenAnother(), Model, Options, _time));
        (await second.HoldAsync("b", TimeSpan.FromMinutes(1), Token)).ShouldBeFalse();
        Pass(TimeSpan.FromMinutes(2));
        (await second.HoldAsync("b", TimeSpan.FromMinutes(1), Token)).ShouldBeTrue();
        // It slept, and does not know.
        await first.EvaluateAsync([new AlertObservation("load", 99)], [], Token);
        (await Alerts.ListAsync(Model, cancellation: Token)).ShouldBeEmpty();
        (await first.HoldAsync("a", TimeSpan.FromMinutes(1), Token)).ShouldBeFalse();
    }

    [Fact]
    public async Task Evaluate_ASourceFails_OthersCountAndNothingEnds()
    {
        var evaluator = await EvaluatorAsync(Options with { Rules = [Rule with { For = TimeSpan.Zero }, new AlertRule("Bad", "quality", 0.5, IsBelow: true)], ResolveAfter = TimeSpan.Zero });
        await evaluator.EvaluateAsync([new AlertObservation("load", 11)], [new AlertSource("quality", (_, _, _) => Task.FromResult<IReadOnlyList<AlertObservation>>([new AlertObservation("quality", 0.4)]))], Token);
        (await Alerts.ListAsync(Model, cancellation: Token)).Select(alert => alert.Rule).ShouldBe(["Bad", "High"], ignoreOrder: true);
        Pass(TimeSpan.FromSeconds(10));
        var faults = await evaluator.EvaluateAsync([new AlertObservation("load", 1)], [new AlertSource("quality", (_, _, _) => throw new InvalidOperationException("gone"))], Token);
        faults.ShouldBe(["quality: gone"]);
        (await Alerts.ListAsync(Model, cancellation: Token)).ShouldAllBe(alert => alert.State == AlertState.Firing);
        await evaluator.EvaluateAsync([new AlertObservation("load", 1)], [], Token);
        (await Alerts.ListAsync(Model, cancellation: Token)).ShouldAllBe(alert => alert.State == AlertState.Resolved);
    }

    [Fact]
    public async Task Evaluate_WhatEachServerObserves_AnAlertForEach()
    {
        var options = Options with { Rules = [new AlertRule("NotReady", "ready", 1, IsBelow: true) { IsOfServer = true }] };
        var evaluator = await EvaluatorAsync(options);
        foreach (var (process, ready) in new[] { ("a", 0), ("b", 1), ("c", 0) })
            await evaluator.TellAsync("host", process, [new AlertObservation("ready", ready), new AlertObservation("load", 99)], Token);
        await evaluator.EvaluateAsync([new AlertObservation("ready", 0)], [], Token);
        (await Alerts.ListAsync(Model, cancellation: Token)).Select(alert => $"{alert.Labels["host"]} {alert.Labels["process"]}").ShouldBe(["host a", "host c"], ignoreOrder: true);
    }

    [Fact]
    public async Task Acknowledge_FiringAlert_AuditedOnceAndTold()
    {
        var alert = await FireAsync();
        await AddressAsync();
        var acknowledged = await Alerts.AcknowledgeAsync(alert.Id, "ann", "looking", Token);
        (acknowledged.AcknowledgedBy, acknowledged.Acknowledged).ShouldBe(("ann", _time.GetUtcNow()));
        (await Alerts.AcknowledgeAsync(alert.Id, "bob", "me too", Token)).AcknowledgedBy.ShouldBe("ann");
        var audited = (await new EventLog(Store).ListAsync($"alert:{alert.Id}", cancellation: Token)).ShouldHaveSingleItem();
        (audited.Actor, audited.Action, audited.Reason).ShouldBe(("ann", "alert.acknowledged", "looking"));
        await AddressAsync();
        (await Outbox.WaitingAsync(Model, Token)).Select(message => message.Notices.Single().Event).ShouldBe([AlertEvent.Firing, AlertEvent.Firing, AlertEvent.Acknowledged, AlertEvent.Acknowledged]);
        (await Should.ThrowAsync<MetadataException>(() => Alerts.AcknowledgeAsync("nobody", "ann", "", Token))).Error.ShouldBe(MetadataError.NotFound);
        var raised = await Alerts.RaiseAsync(Model, "Happened", AlertSeverity.Info, "it happened", "1", cancellation: Token);
        (await Should.ThrowAsync<MetadataException>(() => Alerts.AcknowledgeAsync(raised.Id, "ann", "", Token))).Error.ShouldBe(MetadataError.Conflict);
    }

    [Fact]
    public async Task Raise_SameKeyAgain_OneEventToldToThoseWhoWantItsSeverity()
    {
        var labels = new Dictionary<string, string> { ["rollout"] = "up" };
        var raised = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => Alerts.RaiseAsync(Model, "RolledBack", AlertSeverity.Warning, $"try {number}", "up/1", labels, cancellation: Token)));
        raised.Select(alert => (alert.Id, alert.Why)).Distinct().ShouldHaveSingleItem();
        (await Alerts.RaiseAsync(Model, "RolledBack", AlertSeverity.Warning, "another", "up/2", cancellation: Token)).Id.ShouldNotBe(raised[0].Id);
        await AddressAsync();
        var message = (await Outbox.WaitingAsync(Model, Token)).ShouldHaveSingleItem();
        (message.Notifier, message.Notices.Count).ShouldBe(("all", 2));
        message.Notices[0].Alert.Labels.ShouldBe(labels);
        (await Should.ThrowAsync<MetadataException>(() => Alerts.RaiseAsync(Model, "", AlertSeverity.Info, "a", "1", cancellation: Token))).Error.ShouldBe(MetadataError.Invalid);
    }

    [Fact]
    public async Task Raise_TransactionFails_NeitherEventNorNotice()
    {
        await Should.ThrowAsync<InvalidOperationException>(() => Store.WriteAsync<bool>(
            connection =>
            {
                AlertStore.Raise(connection, _time.GetUtcNow(), Model, "Happened", AlertSeverity.Critical, "it happened", "1");
                throw new InvalidOperationException();
            },
            Token));
        await AddressAsync();
        (await Outbox.WaitingAsync(Model, Token)).ShouldBeEmpty();
        (await Alerts.ListAsync(cancellation: Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Address_GroupWait_TogetherByRuleAndEventAndOnlyThen()
    {
        var wait = TimeSpan.FromSeconds(30);
        using var delivery = Notifiers(out var notifiers);
        for (var number = 0; number < 150; number++)
            await Alerts.RaiseAsync(Model, number < 140 ? "Many" : "Few", AlertSeverity.Info, "a", $"{number}", cancellation: Token);
        await Outbox.AddressAsync(Model, notifiers, wait, Token);
        (await Outbox.WaitingAsync(Model, Token)).ShouldBeEmpty();
        Pass(wait);
        await Outbox.AddressAsync(Model, notifiers, wait, Token);
        var waiting = await Outbox.WaitingAsync(Model, Token);
        waiting.Select(message => (message.Notices[0].Alert.Rule, message.Notices.Count)).ShouldBe([("Many", 100), ("Many", 40), ("Few", 10)]);
        waiting.Select(message => message.Id).ShouldBeUnique();
        (await Outbox.CountAsync(Model, Token)).ShouldBe([new WaitingMessages("all", 3, _time.GetUtcNow())]);
        await Outbox.AddressAsync(Model, notifiers, TimeSpan.Zero, Token);
        (await Outbox.WaitingAsync(Model, Token)).Count.ShouldBe(3);
    }

    [Fact]
    public async Task Address_NobodyToTell_NothingWaits()
    {
        await FireAsync();
        await Outbox.AddressAsync(Model, [], TimeSpan.Zero, Token);
        await AddressAsync();
        (await Outbox.WaitingAsync(Model, Token)).ShouldBeEmpty();
        (await Alerts.ListAsync(Model, cancellation: Token)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task KeepUp_LongAfter_WhatEndedIsGoneAndWhatWaitsStays()
    {
        var evaluator = await EvaluatorAsync();
        await Alerts.RaiseAsync(Model, "Happened", AlertSeverity.Critical, "it happened", "1", cancellation: Token);
        await AddressAsync();
        var messages = await Outbox.WaitingAsync(Model, Token);
        await Outbox.DeliveredAsync(messages[0], Token);
        await Outbox.FailedAsync(messages[1], "refused", _time.GetUtcNow(), Token);
        Pass(TimeSpan.FromDays(31));
        using var delivery = Notifiers(out _);
        await evaluator.KeepUpAsync(delivery, Token);
        (await Alerts.ListAsync(Model, cancellation: Token)).ShouldBeEmpty();
        var left = (await Outbox.WaitingAsync(Model, Token)).ShouldHaveSingleItem();
        (left.Id, left.Attempts, left.Fault).ShouldBe((messages[1].Id, 1, "refused"));
        (await CountAsync("alert_messages")).ShouldBe(1);
        using var nobody = new AlertDelivery(Options with { Notifiers = [] }, 1, _time);
        await nobody.PruneAsync(Store, Model, Token);
        (await Outbox.WaitingAsync(Model, Token)).ShouldBeEmpty("its notifier is gone");
    }

    [Fact]
    public async Task Outage_TheStoreWasGone_KeptAndToldAsOver()
    {
        var options = Options with { Rules = DefaultRules.Of(0.999), Notifiers = [] };
        var outages = new[] { new StoreOutage(Model, options, _time), new StoreOutage(Model, options, _time) };
        using var delivery = new AlertDelivery(options, 1, _time);
        foreach (var outage in outages)
            await outage.GoesOnAsync(delivery, Token);
        Pass(TimeSpan.FromMinutes(6));
        foreach (var outage in outages)
            await outage.GoesOnAsync(delivery, Token);
        foreach (var outage in outages)
            await outage.IsOverAsync(Store, Token);
        var alert = (await Alerts.ListAsync(Model, cancellation: Token)).ShouldHaveSingleItem();
        (alert.Rule, alert.State, alert.Started, alert.Resolved).ShouldBe((DefaultRules.StoreUnreachable, AlertState.Resolved, Begin, Begin.AddMinutes(6)));
        await AddressAsync();
        (await Outbox.WaitingAsync(Model, Token)).Single().Notices.Single().Event.ShouldBe(AlertEvent.Resolved);
        await outages[0].IsOverAsync(Store, Token);
        (await CountAsync("alerts")).ShouldBe(1);
    }

    [Fact]
    public async Task Services_MinutesOfSeveralServers_AsOneCountsThem()
    {
        var (windows, random) = (new ServiceWindows(Store, _time), new RandomSource(3));
        var all = new List<(DateTimeOffset Time, long Requests, long Failures)>();
        for (var hour = 0; hour < 80; hour++)
        {
            var minutes = new Dictionary<DateTimeOffset, ServiceCounts>();
            foreach (var minute in new[] { 3, 17, 44 })
            {
                var (requests, failures) = (100L + random.NextInt32(50), (long)random.NextInt32(9));
                minutes[Begin.AddHours(hour).AddMinutes(minute)] = new ServiceCounts(requests, failures, [requests, .. new long[13]]);
                all.Add((Begin.AddHours(hour).AddMinutes(minute), requests, failures));
            }
            if (hour % 20 == 0)
            {
                await windows.KeepAsync(Model, $"server {hour % 3}", minutes.ToDictionary(pair => pair.Key, pair => pair.Value with { Requests = 1 }), Token);
                await windows.KeepAsync("other", "server", minutes, Token);
            }
            await windows.KeepAsync(Model, $"server {hour % 3}", minutes, Token);
            _time.UnixMilliseconds = Begin.AddHours(hour + 1).ToUnixTimeMilliseconds();
            if (hour % 10 == 9)
                await windows.MergeOldAsync(Model, Token);
        }
        var now = _time.GetUtcNow();
        double Burn(double hours)
        {
            var within = all.Where(counted => counted.Time >= now.AddHours(-hours)).ToArray();
            return within.Sum(counted => counted.Failures) / (within.Sum(counted => counted.Requests) * 0.01);
        }

        var observed = await windows.ObserveAsync(Model, 0.99, Token);
        observed.Single(observation => observation.Labels.GetValueOrDefault("window") == "3d").Value.ShouldBe(Math.Min(Burn(72), Burn(6)), 1e-9);
        observed.Single(observation => observation.Labels.GetValueOrDefault("window") == "6h").Value.ShouldBe(Math.Min(Burn(6), Burn(0.5)), 1e-9);
        (await CountAsync("service_windows WHERE model = 'reviews' AND process = ''")).ShouldBeGreaterThan(60);
        (await CountAsync("service_windows WHERE model = 'reviews' AND process <> ''")).ShouldBeLessThan(30);
        _time.UnixMilliseconds += (long)TimeSpan.FromDays(5).TotalMilliseconds;
        await windows.MergeOldAsync(Model, Token);
        (await CountAsync("service_windows WHERE model = 'reviews'")).ShouldBe(0);
        (await windows.ObserveAsync(Model, 0.99, Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Services_LastMinutes_LatencyAndFailures()
    {
        var windows = new ServiceWindows(Store, _time);
        await windows.KeepAsync(Model, "a", [KeyValuePair.Create(Begin.AddMinutes(-1), new ServiceCounts(90, 10, [80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0]))], Token);
        (await windows.ObserveAsync(Model, 0.999, Token)).Select(observation => observation.Name).ShouldNotContain(ServiceObservations.Latency, "of 90 requests the hundredth part says nothing");
        await windows.KeepAsync(Model, "b", [KeyValuePair.Create(Begin, new ServiceCounts(10, 0, [10, .. new long[13]])), KeyValuePair.Create(Begin.AddMinutes(-7), new ServiceCounts(500, 500, [500, .. new long[13]]))], Token);
        var observed = await windows.ObserveAsync(Model, 0.999, Token);
        observed.Single(observation => observation.Name == ServiceObservations.Failures).Value.ShouldBe(0.1);
        observed.Single(observation => observation.Name == ServiceObservations.Latency).Value.ShouldBe(2.5 + (2.5 * 0.9), 1e-9);
    }

    private static NotifierOptions Hook(string name, AlertSeverity severity) => new(name, NotifierKind.Webhook) { Severity = severity, Address = new Uri("http://127.0.0.1:9") };

    private AlertDelivery Notifiers(out INotifier[] notifiers)
    {
        var http = new NotifierHttp(_time);
        notifiers = [.. Options.Notifiers.Select(options => new WebhookNotifier(options, http, _time))];
        return new AlertDelivery(Options, 1, _time);
    }

    private async Task AddressAsync()
    {
        using var http = new NotifierHttp(_time);
        await Outbox.AddressAsync(Model, [.. Options.Notifiers.Select(options => new WebhookNotifier(options, http, _time))], TimeSpan.Zero, Token);
    }

    private void Pass(TimeSpan time) => _time.UnixMilliseconds += (long)time.TotalMilliseconds;

    private async Task<AlertEvaluator> EvaluatorAsync(AlertOptions? options = null)
    {
        var evaluator = new AlertEvaluator(Store, Model, options ?? Options, _time);
        (await evaluator.HoldAsync("a", TimeSpan.FromMinutes(2), Token)).ShouldBeTrue();
        return evaluator;
    }

    private async Task<AlertState?> EvaluateAsync(AlertEvaluator evaluator, double load)
    {
        (await evaluator.EvaluateAsync([new AlertObservation("load", load)], [], Token)).ShouldBeEmpty();
        return (await Alerts.ListAsync(Model, cancellation: Token)).SingleOrDefault()?.State;
    }

    private async Task<Alert> FireAsync()
    {
        var evaluator = await EvaluatorAsync(Options with { Rules = [Rule with { For = TimeSpan.Zero }] });
        await EvaluateAsync(evaluator, 11);
        return (await Alerts.ListAsync(Model, cancellation: Token)).Single();
    }

    private async Task<long> CountAsync(string from) => await Store.ReadAsync(connection => (long)connection.Scalar($"SELECT COUNT(*) FROM {from}")!, Token);
}
