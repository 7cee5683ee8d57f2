using Plumbline.Monitoring.Alerts;
using Plumbline.Monitoring.Alerts.Notifiers;
using Plumbline.Statistics;
using Plumbline.Storage;
using Plumbline.Tests.Parts;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Monitoring.Alerts;

public sealed class AlertDeliveryTests : IAsyncDisposable
{
    private const string Model = "reviews";

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();
    private readonly SqliteMetadataStore _store;

    public AlertDeliveryTests() => _store = SqliteMetadataStore.Open(_folder.File("plumbline.db"), _time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Send_ReceiverIsDown_TriedAgainLaterAndLater()
    {
        var isDown = true;
        using var receiver = new HttpReceiver(_ => new ReceiverAnswer(isDown ? 503 : 200));
        using var delivery = Delivery(receiver);
        await RaiseAsync("1");
        var waits = new List<TimeSpan>();
        for (var attempt = 1; attempt <= 12; attempt++)
        {
            (await SendAsync(delivery)).ShouldHaveSingleItem().Fault.ShouldBe("127.0.0.1 answered 503");
            (await SendAsync(delivery)).ShouldBeEmpty("it is too early");
            var message = (await WaitingAsync()).ShouldHaveSingleItem();
            (message.Attempts, message.Fault).ShouldBe((attempt, "127.0.0.1 answered 503"));
            waits.Add(message.NextAttempt - _time.GetUtcNow());
            _time.UnixMilliseconds = message.NextAttempt.ToUnixTimeMilliseconds();
        }
        for (var attempt = 0; attempt < waits.Count; attempt++)
        {
            var most = TimeSpan.FromSeconds(Math.Min(5 * Math.Pow(2, attempt), 900));
            waits[attempt].ShouldBeInRange((most / 2) - TimeSpan.FromMilliseconds(1), most);
        }
        waits.Select(wait => wait / TimeSpan.FromSeconds(5)).ShouldBeUnique();
        isDown = false;
        (await SendAsync(delivery)).ShouldHaveSingleItem().Fault.ShouldBeNull();
        (await WaitingAsync()).ShouldBeEmpty();
        receiver.Received.Select(request => request.Headers["webhook-id"]).Distinct().ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("120", 120)]
    [InlineData("90000", 3600)]
    public async Task Send_RetryAfter_NotBefore(string asked, int seconds)
    {
        using var receiver = new HttpReceiver(_ => new ReceiverAnswer(429, RetryAfter: asked));
        using var delivery = Delivery(receiver);
        await RaiseAsync("1");
        await SendAsync(delivery);
        (await WaitingAsync()).Single().NextAttempt.ShouldBe(_time.GetUtcNow().AddSeconds(seconds));
    }

    [Fact]
    public async Task Send_OneIsRefused_OthersAreDeliveredAndItStays()
    {
        using var receiver = new HttpReceiver(request => new ReceiverAnswer(request.Json.GetProperty("notices")[0].GetProperty("alert").GetProperty("rule").GetString() == "Bad" ? 400 : 200));
        using var delivery = Delivery(receiver);
        await RaiseAsync("1", "Bad");
        await RaiseAsync("2", "Good");
        (await SendAsync(delivery)).Select(attempt => attempt.Fault is null).ShouldBe([false, true]);
        (await WaitingAsync()).ShouldHaveSingleItem().Fault.ShouldBe("127.0.0.1 answered 400");
    }

    [Fact]
    public async Task Send_MayPass_TheNotifierIsGivenUpForTheRound()
    {
        using var receiver = new HttpReceiver(_ => new ReceiverAnswer(500));
        using var good = new HttpReceiver();
        using var delivery = Delivery(receiver, good);
        foreach (var number in Enumerable.Range(0, 5))
            await RaiseAsync($"{number}", $"Rule{number}");
        var attempts = await SendAsync(delivery);
        (receiver.Received.Count, good.Received.Count, attempts.Count).ShouldBe((1, 5, 6));
    }

    [Fact]
    public async Task Send_TooManyAtOnce_OnlySoManyAMinute()
    {
        using var receiver = new HttpReceiver();
        using var delivery = Delivery(receiver);
        foreach (var number in Enumerable.Range(0, 45))
            await RaiseAsync($"{number}", $"Rule{number}");
        (await SendAsync(delivery)).Count.ShouldBe(20);
        (await SendAsync(delivery)).ShouldBeEmpty();
        _time.UnixMilliseconds += 60_000;
        (await SendAsync(delivery)).Count.ShouldBe(20);
        _time.UnixMilliseconds += 60_000;
        (await SendAsync(delivery)).Count.ShouldBe(5);
        receiver.Received.Select(request => request.Json.GetProperty("notices")[0].GetProperty("notice").GetInt64()).ShouldBe(Enumerable.Range(1, 45).Select(number => (long)number));
    }

    [Fact]
    public async Task Send_ReceiverFailsByChance_EachArrivesInItsOrder()
    {
        for (var seed = 1UL; seed <= 2; seed++)
        {
            var random = new RandomSource(seed);
            using var receiver = new HttpReceiver(_ => random.NextDouble() is var chance && chance < 0.4 ? new ReceiverAnswer(503) : chance < 0.7 ? new ReceiverAnswer(400) : new ReceiverAnswer(200));
            using var delivery = Delivery(receiver);
            var model = $"{Model}-{seed}";
            var options = new AlertOptions { Rules = [.. "abcde".Select(name => new AlertRule($"{name}", $"{name}", 0))], ResolveAfter = TimeSpan.Zero };
            var evaluator = new AlertEvaluator(_store, model, options, _time);
            for (var round = 0; round < 15 || (await new AlertOutbox(_store, _time).WaitingAsync(model, Token)).Count > 0; round++)
            {
                (await evaluator.HoldAsync("a", TimeSpan.FromHours(2), Token)).ShouldBeTrue();
                var observed = round < 10 ? "abcde".Select(name => new AlertObservation($"{name}", random.NextInt32(2))).ToArray() : [];
                await evaluator.EvaluateAsync(observed, [], Token);
                await delivery.SendAsync(_store, model, evenIfEarly: false, TimeSpan.FromMinutes(1), Token);
                _time.UnixMilliseconds += 300_000;
            }
            foreach (var alert in receiver.Received.SelectMany(request => request.Json.GetProperty("notices").EnumerateArray()).GroupBy(notice => notice.GetProperty("alert").GetProperty("id").GetString()))
            {
                // Sent again until taken, and nothing later before.
                alert.Select(notice => notice.GetProperty("notice").GetInt64()).ShouldBeInOrder();
                alert.Select(notice => notice.GetProperty("event").GetString()).Distinct().ShouldBe(["firing", "resolved"]);
            }
        }
    }

    [Fact]
    public async Task Send_ClockWasSetBack_WaitsForNoTimeThatIsFarAway()
    {
        var isDown = true;
        using var receiver = new HttpReceiver(_ => new ReceiverAnswer(isDown ? 503 : 200));
        using var delivery = Delivery(receiver);
        await RaiseAsync("1");
        foreach (var number in Enumerable.Range(2, 19))
            await RaiseAsync($"{number}", $"Rule{number}");
        await SendAsync(delivery);
        _time.UnixMilliseconds -= (long)TimeSpan.FromDays(1).TotalMilliseconds;
        isDown = false;
        (await SendAsync(delivery)).Count(attempt => attempt.Fault is null).ShouldBe(20);
        await RaiseAsync("late");
        _time.UnixMilliseconds -= (long)TimeSpan.FromDays(1).TotalMilliseconds;
        // Nor are those counted that were sent in what is now the future.
        (await SendAsync(delivery)).ShouldHaveSingleItem().Fault.ShouldBeNull();
    }

    [Fact]
    public async Task Send_OneTakesNothingForLong_OthersWaitForNothing()
    {
        using var dead = new HttpReceiver(_ => new ReceiverAnswer(503));
        using var good = new HttpReceiver();
        using var delivery = Delivery(dead, good);
        await RaiseAsync("1");
        await SendAsync(delivery);
        // As many more as are read at a time.
        await _store.WriteAsync(
            connection => Enumerable.Range(0, 1100).Sum(number => connection.Execute(
                "INSERT INTO alert_messages (message_id, model, notifier, body, state, attempts, next_attempt, last_notice, creation_time) SELECT @id, model, notifier, body, state, attempts, next_attempt, last_notice, creation_time FROM alert_messages WHERE state = 'waiting' LIMIT 1",
                ("id", $"more {number}"))),
            Token);
        await RaiseAsync("2", "Another");
        await SendAsync(delivery);
        good.Received.Select(request => request.Json.GetProperty("notices")[0].GetProperty("alert").GetProperty("rule").GetString()).ShouldBe(["Happened", "Another"]);
    }

    /// <summary>One of another alert came in between: with the first it would have been a message that comes after the acknowledgement.</summary>
    [Fact]
    public async Task Send_NoticesThatWaitedTogether_OfEachAlertInTheirOrder()
    {
        using var receiver = new HttpReceiver();
        using var delivery = Delivery(receiver);
        var evaluator = new AlertEvaluator(_store, Model, new AlertOptions { Rules = [new AlertRule("High", "level", 0)] }, _time);
        await EvaluateAsync("a");
        var alert = (await new AlertStore(_store, _time).ListAsync(Model, cancellation: Token)).ShouldHaveSingleItem();
        await new AlertStore(_store, _time).AcknowledgeAsync(alert.Id, "ann", "", Token);
        await EvaluateAsync("a", "b");
        await SendAsync(delivery);
        receiver.Received.Select(request => string.Join(" ", request.Json.GetProperty("notices").EnumerateArray().Select(notice => $"{notice.GetProperty("event").GetString()} {notice.GetProperty("alert").GetProperty("labels").GetProperty("of").GetString()}")))
            .ShouldBe(["firing a", "acknowledged a", "firing b"]);

        async Task EvaluateAsync(params string[] broken)
        {
            (await evaluator.HoldAsync("a", TimeSpan.FromHours(2), Token)).ShouldBeTrue();
            await evaluator.EvaluateAsync(broken.Select(of => new AlertObservation("level", new Dictionary<string, string> { ["of"] = of }, 1)), [], Token);
        }
    }

    /// <summary>Receivers, and mail servers, drop what has an id that they had.</summary>
    [Fact]
    public async Task Send_BackupOfBeforeWasRestored_WhatIsNewHasAnotherId()
    {
        using var receiver = new HttpReceiver();
        using var delivery = Delivery(receiver);
        await RaiseAsync("1");
        await SendAsync(delivery);
        foreach (var statement in new[] { "DELETE FROM alert_messages", "DELETE FROM alerts", "UPDATE counters SET value = 0 WHERE name = 'alert_notice'" })
            await _store.WriteAsync(connection => connection.Execute(statement), Token);
        _time.UnixMilliseconds += 60_000;
        await RaiseAsync("2");
        await SendAsync(delivery);
        receiver.Received.Select(request => request.Headers["webhook-id"]).Distinct().Count().ShouldBe(2);
    }

    [Fact]
    public async Task Send_DiedBeforeItWasMarked_SentAgainUnderTheSameId()
    {
        using var receiver = new HttpReceiver();
        using (var first = Delivery(receiver))
        {
            await RaiseAsync("1");
            await SendAsync(first);
        }
        await _store.WriteAsync(connection => connection.Execute("UPDATE alert_messages SET state = 'waiting', attempts = 0"), Token);
        using var second = Delivery(receiver);
        await SendAsync(second);
        receiver.Received.Select(request => request.Headers["webhook-id"]).Distinct().ShouldHaveSingleItem();
        receiver.Received.Count.ShouldBe(2);
    }

    private AlertDelivery Delivery(params HttpReceiver[] receivers) => new(
        new AlertOptions
        {
            GroupWait = TimeSpan.Zero,
            Notifiers = [.. receivers.Select((receiver, i) => new NotifierOptions($"hook{i}", NotifierKind.Webhook) { Address = receiver.Address })],
        },
        7, _time);

    private Task<Alert> RaiseAsync(string key, string name = "Happened") => new AlertStore(_store, _time).RaiseAsync(Model, name, AlertSeverity.Warning, "it happened", key, cancellation: Token);

    private Task<IReadOnlyList<DeliveryAttempt>> SendAsync(AlertDelivery delivery) => delivery.SendAsync(_store, Model, evenIfEarly: false, TimeSpan.FromMinutes(1), Token);

    private Task<IReadOnlyList<AlertMessage>> WaitingAsync() => new AlertOutbox(_store, _time).WaitingAsync(Model, Token);
}
