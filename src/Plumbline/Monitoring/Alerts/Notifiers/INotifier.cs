namespace Plumbline.Monitoring.Alerts.Notifiers;

/// <summary>Tells people or another program of alerts.</summary>
/// <remarks>Thread-safe. Sends once, and keeps nothing: to try again is the caller's. A message that was sent before is sent with the same keys, by which a receiver that knows keys tells that it is the same.</remarks>
internal interface INotifier
{
    NotifierOptions Options { get; }

    /// <summary>Notices in a message, at most.</summary>
    int MostNotices { get; }

    /// <summary>Whether it has something to tell of such an event.</summary>
    bool Takes(AlertEvent happened) => true;

    /// <summary>Completes when the receiver has acknowledged the message.</summary>
    /// <exception cref="DeliveryException">It has not.</exception>
    Task SendAsync(AlertMessage message, CancellationToken cancellation);
}
