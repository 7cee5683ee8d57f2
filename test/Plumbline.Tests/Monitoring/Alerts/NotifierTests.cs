using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Plumbline.Monitoring.Alerts;
using Plumbline.Monitoring.Alerts.Notifiers;
using Plumbline.Tests.Parts;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Monitoring.Alerts;

/// <summary>What receivers get is what they document: fields, values and limits.</summary>
public sealed class NotifierTests
{
    private const string Key = "R0UT1NGKEY0123456789012345678901";

    private readonly ManualTime _time = new() { UnixMilliseconds = SampleAlerts.Begin.AddMinutes(30).ToUnixTimeMilliseconds() };

    [Theory]
    [InlineData(AlertEvent.Firing, "[warning] PlumblineDrift of reviews: firing")]
    [InlineData(AlertEvent.Reminder, "[warning] PlumblineDrift of reviews: still firing")]
    [InlineData(AlertEvent.Acknowledged, "[warning] PlumblineDrift of reviews: acknowledged by ann")]
    [InlineData(AlertEvent.Resolved, "[warning] PlumblineDrift of reviews: resolved")]
    [InlineData(AlertEvent.Raised, "[warning] PlumblineDrift of reviews")]
    public async Task Slack_AnyEvent_BlocksAsDocumented(AlertEvent happened, string title)
    {
        var body = (await SentAsync(NotifierKind.Slack, SampleAlerts.Message(happened))).Json;
        CheckBlocks(body);
        body.GetProperty("blocks")[0].GetProperty("text").GetProperty("text").GetString().ShouldBe(title);
        body.GetProperty("text").GetString().ShouldBe(title);
        var section = body.GetProperty("blocks")[1].GetProperty("text").GetProperty("text").GetString()!;
        section.ShouldStartWith("price of reviews/3 has moved");
        section.Contains("https://wiki/drift", StringComparison.Ordinal).ShouldBe(happened != AlertEvent.Resolved);
        body.GetProperty("blocks")[2].GetProperty("elements")[0].GetProperty("text").GetString()!.ShouldContain("label0=value 0, label1=value 1; ");
    }

    [Fact]
    public async Task Slack_AllThatIsTooLong_WithinTheLimits()
    {
        var body = (await SentAsync(NotifierKind.Slack, SampleAlerts.Huge(AlertEvent.Firing, 20))).Json;
        CheckBlocks(body);
        body.GetProperty("blocks").GetArrayLength().ShouldBe(41);
        body.GetProperty("blocks")[1].GetProperty("text").GetProperty("text").GetString()!.ShouldStartWith("&lt;&amp;&gt;");
    }

    [Theory]
    [InlineData(AlertEvent.Firing, "trigger")]
    [InlineData(AlertEvent.Reminder, "trigger")]
    [InlineData(AlertEvent.Raised, "trigger")]
    [InlineData(AlertEvent.Acknowledged, "acknowledge")]
    [InlineData(AlertEvent.Resolved, "resolve")]
    public async Task PagerDuty_AnyEvent_AsTheEventsApiDocuments(AlertEvent happened, string action)
    {
        var body = (await SentAsync(NotifierKind.Pagerduty, SampleAlerts.Message(happened))).Json;
        CheckEvent(body, action);
        body.GetProperty("dedup_key").GetString().ShouldBe("key-a");
        if (action != "trigger")
            return;
        var payload = body.GetProperty("payload");
        (payload.GetProperty("summary").GetString(), payload.GetProperty("severity").GetString(), payload.GetProperty("source").GetString())
            .ShouldBe(("PlumblineDrift of reviews: price of reviews/3 has moved", "warning", "reviews"));
        payload.GetProperty("timestamp").GetDateTimeOffset().ShouldBe(SampleAlerts.Begin);
        payload.GetProperty("custom_details").GetProperty("label_label1").GetString().ShouldBe("value 1");
        body.GetProperty("links")[0].GetProperty("href").GetString().ShouldBe("https://wiki/drift");
    }

    [Fact]
    public async Task PagerDuty_AllThatIsTooLong_WithinTheLimits()
    {
        var request = await SentAsync(NotifierKind.Pagerduty, SampleAlerts.Huge(AlertEvent.Firing, 1));
        CheckEvent(request.Json, "trigger");
        request.Body.Length.ShouldBeLessThanOrEqualTo(512 * 1024);
    }

    [Fact]
    public async Task Webhook_WithSecret_SignedAsStandardWebhooksHasIt()
    {
        var secret = "whsec_" + Convert.ToBase64String(Encoding.UTF8.GetBytes("0123456789abcdef0123456789abcdef"));
        var request = await SentAsync(NotifierKind.Webhook, SampleAlerts.Message(AlertEvent.Firing), secret);
        (request.Headers["webhook-id"], request.Headers["webhook-timestamp"]).ShouldBe(("0123456789abcdef0123456789abcdef", $"{_time.GetUtcNow().ToUnixTimeSeconds()}"));
        var signed = Encoding.UTF8.GetBytes($"{request.Headers["webhook-id"]}.{request.Headers["webhook-timestamp"]}.").Concat(request.Body).ToArray();
        request.Headers["webhook-signature"].ShouldBe("v1," + Convert.ToBase64String(HMACSHA256.HashData("0123456789abcdef0123456789abcdef"u8, signed)));
        var body = request.Json;
        (body.GetProperty("version").GetInt32(), body.GetProperty("id").GetString(), body.GetProperty("model").GetString()).ShouldBe((1, "0123456789abcdef0123456789abcdef", "reviews"));
        var notice = body.GetProperty("notices")[0];
        (notice.GetProperty("event").GetString(), notice.GetProperty("alert").GetProperty("dedup_key").GetString(), notice.GetProperty("alert").GetProperty("severity").GetString()).ShouldBe(("firing", "key-a", "warning"));
    }

    /// <summary>The example that Standard Webhooks' own libraries are tested with.</summary>
    [Fact]
    public void Sign_KnownExample_KnownSignature() => WebhookNotifier
        .Sign(Convert.FromBase64String("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", """{"test": 2432232314}"""u8)
        .ShouldBe("g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");

    [Fact]
    public async Task Webhook_WithoutSecret_NotSigned() => (await SentAsync(NotifierKind.Webhook, SampleAlerts.Message(AlertEvent.Raised))).Headers.ShouldNotContainKey("webhook-signature");

    [Theory]
    [InlineData(AlertEvent.Firing, 720)]
    [InlineData(AlertEvent.Raised, 5)]
    [InlineData(AlertEvent.Resolved, -10)]
    public async Task Alertmanager_AnyEvent_AlertsAsPrometheusSendsThem(AlertEvent happened, int endsInMinutes)
    {
        var request = await SentAsync(NotifierKind.Alertmanager, SampleAlerts.Message(happened, SampleAlerts.Alert() with { Labels = new Dictionary<string, string> { ["a b"] = "c", ["empty"] = "" } }));
        request.Path.ShouldBe("/api/v2/alerts");
        var alert = request.Json.EnumerateArray().ShouldHaveSingleItem();
        alert.GetProperty("labels").EnumerateObject().Select(label => $"{label.Name}={label.Value}").ShouldBe(["alertname=PlumblineDrift", "severity=warning", "model=reviews", "a_b=c"]);
        alert.GetProperty("startsAt").GetDateTimeOffset().ShouldBe(SampleAlerts.Begin);
        alert.GetProperty("endsAt").GetDateTimeOffset().ShouldBe(_time.GetUtcNow().AddMinutes(endsInMinutes));
    }

    [Theory]
    [InlineData(400, true)]
    [InlineData(404, true)]
    [InlineData(413, true)]
    [InlineData(302, true)]
    [InlineData(408, false)]
    [InlineData(429, false)]
    [InlineData(500, false)]
    [InlineData(503, false)]
    public async Task Send_Refused_ToldWithTheAnswerAndWithoutTheSecret(int status, bool isRefused)
    {
        using var receiver = new HttpReceiver(_ => new ReceiverAnswer(status, $"invalid {Key}\n", "7", "http://127.0.0.1:1/"));
        var refused = await Should.ThrowAsync<DeliveryException>(() => SendAsync(receiver.Address, NotifierKind.Pagerduty, SampleAlerts.Message(AlertEvent.Firing), Key));
        (refused.IsRefused, refused.RetryAfter).ShouldBe((isRefused, TimeSpan.FromSeconds(7)));
        refused.Message.ShouldBe($"127.0.0.1 answered {status}: invalid ***");
    }

    [Fact]
    public async Task Send_RetryAfterAsDate_UntilThen()
    {
        using var receiver = new HttpReceiver(_ => new ReceiverAnswer(503, RetryAfter: _time.GetUtcNow().AddMinutes(3).ToString("R")));
        (await Should.ThrowAsync<DeliveryException>(() => SendAsync(receiver.Address, NotifierKind.Webhook, SampleAlerts.Message(AlertEvent.Firing)))).RetryAfter.ShouldBe(TimeSpan.FromMinutes(3));
    }

    [Fact]
    public async Task Send_NobodyThere_ToldWithoutTheAddress()
    {
        Uri address;
        using (var receiver = new HttpReceiver())
            address = new Uri(receiver.Address, "/services/T0/B0/hidden");
        var failed = await Should.ThrowAsync<DeliveryException>(() => SendAsync(address, NotifierKind.Slack, SampleAlerts.Message(AlertEvent.Firing)));
        failed.IsRefused.ShouldBeFalse();
        failed.Message.ShouldNotContain("hidden");
    }

    [Fact]
    public async Task Send_AnswerThatNeverEnds_GivenUpInTime()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener, "HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nwait");
        var address = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/hook");
        using var http = new NotifierHttp(TimeProvider.System, TimeSpan.FromMilliseconds(300));
        var failed = await Should.ThrowAsync<DeliveryException>(() => new WebhookNotifier(new NotifierOptions("n", NotifierKind.Webhook) { Address = address }, http, _time).SendAsync(SampleAlerts.Message(AlertEvent.Firing), TestContext.Current.CancellationToken));
        (failed.IsRefused, failed.Message).ShouldBe((false, "127.0.0.1 answered 503"));
        (await answering).Dispose();
    }

    [Theory]
    [InlineData("/api/webhooks/123/tO-k3n_0123456789", "Cannot POST /api/webhooks/123/tO-k3n_0123456789")]
    [InlineData("/hook?key=s3cr3t-0123456789", "no such key: s3cr3t-0123456789")]
    [InlineData("/services/T00000000/B00000000/tO-k3n_0123456789", "no \\/services\\/T00000000\\/B00000000\\/tO-k3n_0123456789")]
    public async Task Webhook_AnswerWithItsAddress_ToldWithoutWhatMayBeAKey(string path, string answer)
    {
        using var receiver = new HttpReceiver(_ => new ReceiverAnswer(404, answer));
        var failed = await Should.ThrowAsync<DeliveryException>(() => SendAsync(new Uri(receiver.Address, path), NotifierKind.Webhook, SampleAlerts.Message(AlertEvent.Firing)));
        failed.Message.ShouldContain("***");
        failed.Message.ShouldNotContain("0123456789");
    }

    [Fact]
    public async Task Send_AnswerIsHuge_BeginningWithoutThePieceOfASecret()
    {
        // Wherever it is cut.
        for (var before = 960; before < 1010; before++)
        {
            using var receiver = new HttpReceiver(_ => new ReceiverAnswer(400, $"{new string('é', before / 2)}{Key}{new string('x', 100_000)}"));
            var failed = await Should.ThrowAsync<DeliveryException>(() => SendAsync(receiver.Address, NotifierKind.Pagerduty, SampleAlerts.Message(AlertEvent.Firing), Key));
            failed.Message.ShouldNotContain(Key[..2]);
            failed.Message.Length.ShouldBeLessThan(1100);
        }
    }

    private static async Task<TcpClient> AnswerAsync(TcpListener listener, string answer)
    {
        var client = await listener.AcceptTcpClientAsync();
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer));
        return client;
    }

    private static void CheckBlocks(JsonElement body)
    {
        var blocks = body.GetProperty("blocks").EnumerateArray().ToArray();
        blocks.Length.ShouldBeInRange(1, 50);
        foreach (var block in blocks)
        {
            switch (block.GetProperty("type").GetString())
            {
                case "header":
                    block.GetProperty("text").GetProperty("type").GetString().ShouldBe("plain_text");
                    block.GetProperty("text").GetProperty("text").GetString()!.Length.ShouldBeInRange(1, 150);
                    break;
                case "section":
                    CheckText(block.GetProperty("text"));
                    break;
                default:
                    block.GetProperty("type").GetString().ShouldBe("context");
                    block.GetProperty("elements").GetArrayLength().ShouldBeInRange(1, 10);
                    CheckText(block.GetProperty("elements")[0]);
                    break;
            }
        }
    }

    private static void CheckText(JsonElement text)
    {
        text.GetProperty("type").GetString().ShouldBe("mrkdwn");
        var value = text.GetProperty("text").GetString()!;
        value.Length.ShouldBeInRange(1, 3000);
        value.ShouldNotContain('<');
        System.Text.RegularExpressions.Regex.IsMatch(value, "&(?!amp;|lt;|gt;)").ShouldBeFalse();
    }

    private static void CheckEvent(JsonElement body, string action)
    {
        body.GetProperty("routing_key").GetString().ShouldBe(Key);
        body.GetProperty("event_action").GetString().ShouldBe(action);
        body.GetProperty("dedup_key").GetString()!.Length.ShouldBeInRange(1, 255);
        body.TryGetProperty("payload", out var payload).ShouldBe(action == "trigger");
        if (action != "trigger")
            return;
        payload.GetProperty("summary").GetString()!.Length.ShouldBeInRange(1, 1024);
        payload.GetProperty("severity").GetString().ShouldBeOneOf("critical", "error", "warning", "info");
        payload.GetProperty("source").GetString().ShouldNotBeNullOrEmpty();
    }

    private async Task<ReceivedRequest> SentAsync(NotifierKind kind, AlertMessage message, string? key = null)
    {
        using var receiver = new HttpReceiver(_ => new ReceiverAnswer(kind == NotifierKind.Pagerduty ? 202 : 200));
        await SendAsync(receiver.Address, kind, message, kind == NotifierKind.Pagerduty ? Key : key);
        var request = receiver.Received.ShouldHaveSingleItem();
        request.Headers["Content-Type"].ShouldBe("application/json");
        return request;
    }

    private async Task SendAsync(Uri address, NotifierKind kind, AlertMessage message, string? key = null)
    {
        var options = new NotifierOptions("n", kind) { Address = address, Key = key };
        options.Validate();
        using var http = new NotifierHttp(_time);
        INotifier notifier = kind switch
        {
            NotifierKind.Slack => new SlackNotifier(options, http),
            NotifierKind.Pagerduty => new PagerDutyNotifier(options, http),
            NotifierKind.Webhook => new WebhookNotifier(options, http, _time),
            _ => new AlertmanagerNotifier(options, http, TimeSpan.FromHours(4), _time),
        };
        await notifier.SendAsync(message, TestContext.Current.CancellationToken);
    }
}
