using System.Text.Json.Nodes;

namespace Plumbline.Monitoring.Alerts.Notifiers;

/// <summary>Posts to an incoming webhook of Slack, as blocks.</summary>
internal sealed class SlackNotifier(NotifierOptions options, NotifierHttp http) : INotifier
{
    private const int MostHeader = 150;
    private const int MostText = 3000;

    public NotifierOptions Options => options;

    // A header, and two blocks each: Slack takes 50.
    public int MostNotices => 20;

    public Task SendAsync(AlertMessage message, CancellationToken cancellation)
    {
        var title = AlertWords.Title(message);
        var blocks = new JsonArray(new JsonObject { ["type"] = "header", ["text"] = new JsonObject { ["type"] = "plain_text", ["text"] = AlertWords.Shorten(title, MostHeader), ["emoji"] = false } });
        foreach (var notice in message.Notices)
        {
            blocks.Add(new JsonObject { ["type"] = "section", ["text"] = Text(notice.Alert.Runbook is { } runbook && notice.Event != AlertEvent.Resolved ? $"{notice.Alert.Why}\n{runbook}" : notice.Alert.Why) });
            blocks.Add(new JsonObject { ["type"] = "context", ["elements"] = new JsonArray(Text($"{AlertWords.Circumstances(notice)}; {notice.Alert.Id}")) });
        }
        return http.PostAsync(options.Address!, new JsonObject { ["text"] = Escape(AlertWords.Shorten(title, MostText)), ["blocks"] = blocks }, cancellation, NotifierHttp.SecretsOf(options.Address!));
    }

    private static JsonObject Text(string text) => new() { ["type"] = "mrkdwn", ["text"] = Shortened(text), ["verbatim"] = true };

    /// <summary>Escaped, and short enough as such: nothing is cut within what stands for one character.</summary>
    private static string Shortened(string text)
    {
        var most = MostText;
        while (true)
        {
            var escaped = Escape(AlertWords.Shorten(text, most));
            if (escaped.Length <= MostText)
                return escaped;
            most -= Math.Max(1, (escaped.Length - MostText) / 5);
        }
    }

    /// <summary>Those that mean something to Slack.</summary>
    private static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
}
