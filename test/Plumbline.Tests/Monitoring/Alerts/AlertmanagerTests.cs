using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Plumbline.Monitoring.Alerts;
using Plumbline.Monitoring.Alerts.Notifiers;
using Plumbline.Tests.Parts;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Monitoring.Alerts;

/// <summary>A real Alertmanager gets our alerts, and tells a webhook of them.</summary>
public sealed class AlertmanagerTests
{
    private const string Program = "prometheus-alertmanager";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Send_FiringThenResolved_KnownThereAndToldOnce()
    {
        Assert.SkipUnless((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, Program))), $"There is no {Program} (Debian's package of that name) on this machine.");
        using var folder = new TemporaryFolder();
        var told = new TaskCompletionSource<JsonElement>();
        using var hook = new HttpReceiver(request =>
        {
            told.TrySetResult(request.Json);
            return new ReceiverAnswer(200);
        });
        await File.WriteAllTextAsync(folder.File("am.yml"), $"route: {{receiver: hook, group_wait: 0s, group_by: [alertname]}}\nreceivers: [{{name: hook, webhook_configs: [{{url: '{hook.Address}'}}]}}]\n", Token);
        var address = FreeAddress();
        using var alertmanager = ServerProcess.Start(
            "TERM", "Listening on", "/bin/sh", "-c", $"exec {Program} --config.file={folder.File("am.yml")} --storage.path={folder.File("data")} --cluster.listen-address= --web.listen-address={address.Authority} 2>&1");
        using var http = new NotifierHttp(TimeProvider.System);
        var notifier = new AlertmanagerNotifier(new NotifierOptions("am", NotifierKind.Alertmanager) { Address = address }, http, TimeSpan.FromHours(4), TimeProvider.System);
        var now = TimeProvider.System.GetUtcNow();
        var alert = SampleAlerts.Alert() with { Started = now.AddMinutes(-15) };
        await notifier.SendAsync(Message(AlertEvent.Firing, alert, now), Token);
        await notifier.SendAsync(Message(AlertEvent.Reminder, alert, now), Token);
        using var client = new HttpClient { BaseAddress = address };
        var known = (await client.GetFromJsonAsync<JsonElement>("/api/v2/alerts", Token)).EnumerateArray().ShouldHaveSingleItem();
        (known.GetProperty("labels").GetProperty("alertname").GetString(), known.GetProperty("annotations").GetProperty("description").GetString()).ShouldBe(("PlumblineDrift", "price of reviews/3 has moved"));
        var received = await told.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        (received.GetProperty("status").GetString(), received.GetProperty("alerts").GetArrayLength()).ShouldBe(("firing", 1));
        await notifier.SendAsync(Message(AlertEvent.Resolved, alert with { State = AlertState.Resolved, Resolved = now }, now), Token);
        (await client.GetFromJsonAsync<JsonElement>("/api/v2/alerts?active=true", Token)).GetArrayLength().ShouldBe(0);
    }

    private static AlertMessage Message(AlertEvent happened, Alert alert, DateTimeOffset now) => new("0123456789abcdef0123456789abcdef", "reviews", "am", [new AlertNotice(1, happened, now, alert)], now, 0, now, null);

    private static Uri FreeAddress()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}");
    }
}
