using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Plumbline.Monitoring.Alerts.Notifiers;

/// <summary>Posts JSON, signed as Standard Webhooks 1.0 has it where there is a secret.</summary>
internal sealed class WebhookNotifier(NotifierOptions options, NotifierHttp http, TimeProvider time) : INotifier
{
    public NotifierOptions Options => options;

    public int MostNotices => 100;

    public Task SendAsync(AlertMessage message, CancellationToken cancellation)
    {
        var body = new JsonObject
        {
            ["version"] = 1,
            ["id"] = message.Id,
            ["model"] = message.Model,
            ["notices"] = JsonSerializer.SerializeToNode(message.Notices, AlertJson.Default.IReadOnlyListAlertNotice),
        };
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        List<(string, string)> headers = [("webhook-id", message.Id), ("webhook-timestamp", timestamp)];
        if (options.Key is not null)
            headers.Add(("webhook-signature", $"v1,{Sign(options.SigningKey, message.Id, timestamp, NotifierHttp.BytesOf(body))}"));
        var secrets = NotifierHttp.SecretsOf(options.Address!);
        return http.PostAsync(options.Address!, body, cancellation, options.Key is null ? secrets : [options.Key, .. secrets], headers);
    }

    /// <summary>Base64 of the HMAC-SHA256 of id, timestamp and body, with dots between.</summary>
    internal static string Sign(byte[] key, string id, string timestamp, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(Encoding.UTF8.GetBytes($"{id}.{timestamp}."));
        hmac.AppendData(body);
        return Convert.ToBase64String(hmac.GetHashAndReset());
    }
}
