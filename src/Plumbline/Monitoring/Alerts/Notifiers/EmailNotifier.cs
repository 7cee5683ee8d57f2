using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Plumbline.Monitoring.Alerts.Notifiers;

/// <summary>Sends plain text by SMTP.</summary>
/// <param name="limit">From the connection to the end; null: 10 s.</param>
internal sealed class EmailNotifier(NotifierOptions options, TimeProvider time, TimeSpan? limit = null) : INotifier
{
    private const int SubmissionPort = 587;
    private const int TlsPort = 465;
    private const int MostSubject = 200;

    private readonly TimeSpan _limit = limit ?? TimeSpan.FromSeconds(10);

    public NotifierOptions Options => options;

    public int MostNotices => 100;

    public async Task SendAsync(AlertMessage message, CancellationToken cancellation)
    {
        using var patience = new CancellationTokenSource(_limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            using var mail = Mail(message);
            using var client = new SmtpClient { CheckCertificateRevocation = false };
            if (options.CaFile is not null)
                client.ServerCertificateValidationCallback = IsTrusted;
            await client.ConnectAsync(options.Host!, options.Port ?? (options.Security == SmtpSecurity.Tls ? TlsPort : SubmissionPort), Socket(options.Security), either.Token).ConfigureAwait(false);
            if (options.User is not null)
                await client.AuthenticateAsync(options.User, options.Key!, either.Token).ConfigureAwait(false);
            await client.SendAsync(mail, either.Token).ConfigureAwait(false);
            // It has the message, however it says goodbye.
            await client.DisconnectAsync(quit: true, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (OperationCanceledException exception) when (!cancellation.IsCancellationRequested)
        {
            throw new DeliveryException(string.Create(CultureInfo.InvariantCulture, $"{options.Host} did not answer within {_limit.TotalSeconds} s."), exception);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or DeliveryException))
        {
            throw Failed(exception);
        }
    }

    private static SecureSocketOptions Socket(SmtpSecurity security) => security switch
    {
        SmtpSecurity.Starttls => SecureSocketOptions.StartTls,
        SmtpSecurity.Tls => SecureSocketOptions.SslOnConnect,
        _ => SecureSocketOptions.None,
    };

    private MimeMessage Mail(AlertMessage message)
    {
        var mail = new MimeMessage();
        mail.From.Add(MailboxAddress.Parse(options.From!));
        mail.To.AddRange(options.To.Select(MailboxAddress.Parse));
        mail.Subject = AlertWords.Shorten(AlertWords.Title(message), MostSubject);
        mail.Date = time.GetUtcNow();
        // The same whenever it is sent.
        mail.MessageId = $"{message.Id}@plumbline";
        // What is sent by a program, and wants no automatic answer (RFC 3834).
        mail.Headers.Add("Auto-Submitted", "auto-generated");
        mail.Body = new TextPart("plain") { Text = Body(message) };
        return mail;
    }

    private static string Body(AlertMessage message)
    {
        var text = new StringBuilder();
        foreach (var notice in message.Notices)
        {
            text.Append(notice.Alert.Why).Append('\n').Append(AlertWords.Circumstances(notice)).Append('\n').Append("alert ").Append(notice.Alert.Id).Append('\n');
            if (notice.Alert.Runbook is { } runbook && notice.Event != AlertEvent.Resolved)
                text.Append('\n').Append(runbook).Append('\n');
            text.Append('\n');
        }
        return text.ToString();
    }

    private bool IsTrusted(object sender, X509Certificate? certificate, X509Chain? sent, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None)
            return true;
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is null)
            return false;
        using var known = X509CertificateLoader.LoadCertificateFromFile(options.CaFile!);
        using var server = X509CertificateLoader.LoadCertificate(certificate.Export(X509ContentType.Cert));
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(known);
        chain.ChainPolicy.ExtraStore.AddRange(sent?.ChainPolicy.ExtraStore ?? []);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(server);
    }

    private DeliveryException Failed(Exception exception) => exception switch
    {
        SmtpCommandException { StatusCode: >= (SmtpStatusCode)500 } refused => Refused(refused, $"{(int)refused.StatusCode} {refused.Message}"),
        MailKit.Security.AuthenticationException => Refused(exception, "user or password is refused"),
        SslHandshakeException => new DeliveryException($"{options.Host}: no connection over TLS, or its certificate is not trusted; name the certificate that signed it as ca_file.", exception),
        NotSupportedException => Refused(exception, "it does not offer what is asked of it: TLS by STARTTLS, or to show a password"),
        ProtocolException or CommandException or SocketException or IOException or System.Security.Authentication.AuthenticationException or ServiceNotConnectedException =>
            new DeliveryException($"{options.Host}: {exception.Message}", exception),
        CryptographicException => Refused(exception, $"ca_file {options.CaFile} cannot be read as a certificate"),
        _ => Refused(exception, exception.Message),
    };

    private DeliveryException Refused(Exception exception, string why)
    {
        var text = options.Key is { Length: > 0 } key ? why.Replace(key, "***", StringComparison.Ordinal) : why;
        return new DeliveryException($"{options.Host}: {text}", exception) { IsRefused = true };
    }
}
