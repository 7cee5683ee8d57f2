using System.Net;
using System.Text;

namespace Plumbline.Monitoring.Alerts.Notifiers;

/// <summary>Whom to tell, and how: docs/specs/alerts.md. Immutable; as a string and as JSON it has no secret.</summary>
/// <param name="Name">Letters, digits, <c>-</c> and <c>_</c>; messages in the store are for it.</param>
public sealed record NotifierOptions(string Name, NotifierKind Kind)
{
    public const string PagerDutyAddress = "https://events.pagerduty.com/v2/enqueue";

    private const int MostName = 100;
    private const int FewestSecretBytes = 24;
    private const string Base64Prefix = "whsec_";

    /// <summary>What is less severe is not for it.</summary>
    public AlertSeverity Severity { get; init; }

    /// <summary>Of a mail server.</summary>
    public string? Host { get; init; }

    public int? Port { get; init; }

    public SmtpSecurity Security { get; init; }

    public string? User { get; init; }

    public string? From { get; init; }

    public IReadOnlyList<string> To { get; init; } = [];

    /// <summary>File of a certificate, in PEM, that a mail server's may be signed by besides those of the system.</summary>
    public string? CaFile { get; init; }

    /// <summary>Where messages are posted; that of Slack is a secret.</summary>
    internal Uri? Address { get; init; }

    /// <summary>PagerDuty's routing key, the secret that a webhook's messages are signed with, or the password for a mail server.</summary>
    internal string? Key { get; init; }

    /// <summary>The bytes that a webhook's messages are signed with.</summary>
    internal byte[] SigningKey => Key!.StartsWith(Base64Prefix, StringComparison.Ordinal) ? Convert.FromBase64String(Key[Base64Prefix.Length..]) : Encoding.UTF8.GetBytes(Key);

    /// <summary>An address to post to.</summary>
    /// <exception cref="ArgumentException">It is none; the message goes on after the name of its key, and does not have the address, which may be a secret.</exception>
    internal static Uri ParseAddress(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.UserInfo.Length > 0 || address.Fragment.Length > 0)
            throw new ArgumentException("is no address such as https://host/path, without user, password and fragment");
        return IPAddress.TryParse(address.IdnHost, out var ip) && IsLinkLocal(ip) ? throw new ArgumentException("is a link-local address, which no receiver of alerts has") : address;
    }

    /// <exception cref="ArgumentException">Names the key that is wrong, relative to the notifier.</exception>
    internal void Validate()
    {
        if (Name.Length is 0 or > MostName || !Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'))
            throw new ArgumentException($"name has to be 1 to {MostName} letters, digits, - and _");
        if (Kind == NotifierKind.Email)
            CheckMail();
        else if (Address is null)
            throw new ArgumentException("url is missing");
        if (Kind == NotifierKind.Pagerduty && string.IsNullOrEmpty(Key))
            throw new ArgumentException("routing_key is missing; write {file: path of a file that holds it}");
        if (Kind == NotifierKind.Webhook && Key is not null)
            CheckSigningKey();
        var isSecret = Kind is NotifierKind.Slack or NotifierKind.Pagerduty || (Kind == NotifierKind.Webhook && Key is not null);
        if (isSecret && Address!.Scheme == Uri.UriSchemeHttp && !Address.IsLoopback)
            throw new ArgumentException("url must begin with https: what is sent there is secret");
    }

    private void CheckMail()
    {
        if (string.IsNullOrWhiteSpace(Host) || Uri.CheckHostName(Host) == UriHostNameType.Unknown)
            throw new ArgumentException("host is missing or no name of a mail server");
        if (Port is < 1 or > IPEndPoint.MaxPort)
            throw new ArgumentException($"port is {Port}; it must be within 1 and {IPEndPoint.MaxPort}");
        foreach (var (key, address) in To.Select(to => ("to", (string?)to)).Prepend(("from", From)))
        {
            if (address is null || !MimeKit.MailboxAddress.TryParse(address, out _))
                throw new ArgumentException($"{key} is missing or no e-mail address");
        }
        if (To.Count == 0)
            throw new ArgumentException("to is missing; write a list of e-mail addresses");
        if ((User is null) != (Key is null))
            throw new ArgumentException("user and password go together");
        if (Key is not null && Security == SmtpSecurity.None && !IsLoopback(Host))
            throw new ArgumentException("security is none, but a password is sent over TLS only; write starttls or tls");
    }

    private void CheckSigningKey()
    {
        try
        {
            if (SigningKey.Length >= FewestSecretBytes)
                return;
        }
        catch (FormatException)
        {
            throw new ArgumentException($"secret is no base64 after {Base64Prefix}");
        }
        throw new ArgumentException($"secret has fewer than {FewestSecretBytes} bytes");
    }

    private static bool IsLoopback(string host) => host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static bool IsLinkLocal(IPAddress address) => address.IsIPv6LinkLocal || (address.GetAddressBytes() is [169, 254, _, _]) || (address.IsIPv4MappedToIPv6 && IsLinkLocal(address.MapToIPv4()));
}
