namespace Plumbline.Monitoring.Alerts.Notifiers;

/// <summary>A message that was not delivered. The text says why, without a secret.</summary>
internal sealed class DeliveryException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether the message itself was refused, so that others may be taken; else the notifier takes none now.</summary>
    public bool IsRefused { get; init; }

    /// <summary>When the receiver wants to be asked again; null where it does not say.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
