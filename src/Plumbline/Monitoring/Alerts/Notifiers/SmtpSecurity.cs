namespace Plumbline.Monitoring.Alerts.Notifiers;

/// <summary>How a connection to a mail server is kept private.</summary>
public enum SmtpSecurity
{
    /// <summary>TLS is asked for before anything else, and needed (RFC 3207).</summary>
    Starttls,

    /// <summary>TLS from the first byte (RFC 8314).</summary>
    Tls,

    None,
}
