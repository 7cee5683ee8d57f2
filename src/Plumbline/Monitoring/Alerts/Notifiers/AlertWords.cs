using System.Globalization;

namespace Plumbline.Monitoring.Alerts.Notifiers;

/// <summary>What people read of alerts.</summary>
internal static class AlertWords
{
    /// <summary>Such as <c>[critical] PlumblineErrors of reviews: firing (3)</c>.</summary>
    public static string Title(AlertMessage message)
    {
        var first = message.Notices[0];
        var severity = message.Notices.Max(notice => notice.Alert.Severity).ToString().ToLowerInvariant();
        var happened = first.Event == AlertEvent.Raised ? "" : $": {EventOf(first)}";
        var count = message.Notices.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({message.Notices.Count})");
        return $"[{severity}] {first.Alert.Rule} of {message.Model}{happened}{count}";
    }

    public static string EventOf(AlertNotice notice) => notice.Event switch
    {
        AlertEvent.Firing => "firing",
        AlertEvent.Reminder => "still firing",
        AlertEvent.Acknowledged => $"acknowledged by {notice.Alert.AcknowledgedBy}",
        AlertEvent.Resolved => "resolved",
        _ => "",
    };

    /// <summary>Labels, then since when or from when to when.</summary>
    public static string Circumstances(AlertNotice notice)
    {
        var alert = notice.Alert;
        var labels = string.Join(", ", alert.Labels.OrderBy(label => label.Key, StringComparer.Ordinal).Select(label => $"{label.Key}={label.Value}"));
        var time = alert.Resolved is { } end ? $"from {Time(alert.Started)} to {Time(end)}" : notice.Event == AlertEvent.Raised ? Time(alert.Started) : $"since {Time(alert.Started)}";
        return labels.Length == 0 ? time : $"{labels}; {time}";
    }

    /// <summary>The beginning of a text, of so many UTF-16 code units at most.</summary>
    public static string Shorten(string text, int most)
    {
        if (text.Length <= most)
            return text;
        var end = most - 1;
        return string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[end - 1]) ? end - 1 : end), "…");
    }

    private static string Time(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}
