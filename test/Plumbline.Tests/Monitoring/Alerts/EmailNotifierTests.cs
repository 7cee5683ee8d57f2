using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MimeKit;
using Plumbline.Monitoring.Alerts;
using Plumbline.Monitoring.Alerts.Notifiers;
using Plumbline.Tests.Storage;
using SmtpServer;
using SmtpServer.Authentication;
using SmtpServer.ComponentModel;
using SmtpServer.Protocol;
using SmtpServer.Storage;

namespace Plumbline.Tests.Monitoring.Alerts;

/// <summary>Mail to a real mail server on loopback.</summary>
public sealed class EmailNotifierTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Mailbox _mailbox = new();
    private readonly List<Task> _serving = [];

    public void Dispose()
    {
        _stop.Cancel();
        Task.WhenAll(_serving).ContinueWith(_ => { }, TaskScheduler.Default).Wait();
        _stop.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Send_StarttlsAndPassword_ArrivesWhole()
    {
        var port = Serve(withTls: true);
        await SendAsync(Options(port) with { Security = SmtpSecurity.Starttls, CaFile = _folder.File("ca.pem") }, SampleAlerts.Message(AlertEvent.Firing, SampleAlerts.Alert("1"), SampleAlerts.Alert("2", AlertSeverity.Critical)));
        var mail = _mailbox.Mails.ShouldHaveSingleItem();
        mail.Subject.ShouldBe("[critical] PlumblineDrift of reviews: firing (2)");
        mail.MessageId.ShouldBe("0123456789abcdef0123456789abcdef@plumbline");
        mail.Headers["Auto-Submitted"].ShouldBe("auto-generated");
        (mail.From.ToString(), mail.To.ToString()).ShouldBe(("plumbline@example.org", "ml@example.org, duty@example.org"));
        var text = mail.TextBody!.ReplaceLineEndings("\n");
        text.ShouldStartWith("price of reviews/3 has moved\nlabel0=value 0, label1=value 1; since 2026-11-26 09:00Z\nalert 1\n\nhttps://wiki/drift\n");
        text.ShouldContain("alert 2");
        _mailbox.Users.ShouldBe(["ann secret-password"]);
    }

    [Fact]
    public async Task Send_CertificateOfNobodyKnown_NotSent()
    {
        var port = Serve(withTls: true);
        var failed = await Should.ThrowAsync<DeliveryException>(() => SendAsync(Options(port) with { Security = SmtpSecurity.Starttls }, SampleAlerts.Message(AlertEvent.Firing)));
        failed.Message.ShouldContain("its certificate is not trusted");
        (_mailbox.Mails.Count, _mailbox.Users.Count).ShouldBe((0, 0));
    }

    [Fact]
    public async Task Send_ServerWithoutTls_NotSentInTheClear()
    {
        var port = Serve(withTls: false);
        (await Should.ThrowAsync<DeliveryException>(() => SendAsync(Options(port) with { Security = SmtpSecurity.Starttls }, SampleAlerts.Message(AlertEvent.Firing)))).IsRefused.ShouldBeTrue();
        (_mailbox.Mails.Count, _mailbox.Users.Count).ShouldBe((0, 0));
    }

    [Fact]
    public async Task Send_WrongPassword_RefusedWithoutSayingIt()
    {
        var port = Serve(withTls: false);
        var failed = await Should.ThrowAsync<DeliveryException>(() => SendAsync(Options(port) with { Key = "wrong-password" }, SampleAlerts.Message(AlertEvent.Firing)));
        failed.Message.ShouldBe("127.0.0.1: user or password is refused");
        failed.IsRefused.ShouldBeTrue();
    }

    [Theory]
    [InlineData(452, false)]
    [InlineData(552, true)]
    public async Task Send_MailRefused_ByItsStatusForNowOrForWhatItIs(int status, bool isRefused)
    {
        _mailbox.Answer = new SmtpResponse((SmtpReplyCode)status, "no room");
        var port = Serve(withTls: false);
        var failed = await Should.ThrowAsync<DeliveryException>(() => SendAsync(Options(port), SampleAlerts.Message(AlertEvent.Firing)));
        failed.IsRefused.ShouldBe(isRefused);
        failed.Message.ShouldContain("no room");
    }

    [Fact]
    public async Task Send_NobodyThere_MayPass()
    {
        int port;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }
        (await Should.ThrowAsync<DeliveryException>(() => SendAsync(Options(port), SampleAlerts.Message(AlertEvent.Firing)))).IsRefused.ShouldBeFalse();
    }

    [Fact]
    public async Task Send_LongestAndStrangest_OneHeaderLineAndAllText()
    {
        var port = Serve(withTls: false);
        var rule = new string('x', 300) + "\r\nBcc: all@example.org";
        await SendAsync(Options(port), SampleAlerts.Message(AlertEvent.Firing, SampleAlerts.Huge(AlertEvent.Firing, 1).Notices[0].Alert with { Rule = rule }));
        var mail = _mailbox.Mails.ShouldHaveSingleItem();
        mail.Bcc.ShouldBeEmpty();
        mail.Headers.Contains("Bcc").ShouldBeFalse();
        mail.TextBody!.ShouldContain("😀");
    }

    /// <summary>A server that has the message must not be waited for, nor given it again.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Send_ServerSaysNoGoodbye_IsDelivered(bool hangs)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeWithoutGoodbyeAsync(listener, hangs);
        var options = Options(((IPEndPoint)listener.LocalEndpoint).Port) with { User = null, Key = null };
        await new EmailNotifier(options, TimeProvider.System, TimeSpan.FromSeconds(1)).SendAsync(SampleAlerts.Message(AlertEvent.Firing), TestContext.Current.CancellationToken);
        (await serving).ShouldContain("[warning] PlumblineDrift of reviews: firing");
    }

    private static async Task<string> ServeWithoutGoodbyeAsync(TcpListener listener, bool hangs)
    {
        using var client = await listener.AcceptTcpClientAsync();
        using var reader = new StreamReader(client.GetStream());
        await using var writer = new StreamWriter(client.GetStream()) { NewLine = "\r\n", AutoFlush = true };
        var mail = new System.Text.StringBuilder();
        await writer.WriteLineAsync("220 here");
        while (await reader.ReadLineAsync() is { } line && !line.StartsWith("QUIT", StringComparison.Ordinal))
        {
            await writer.WriteLineAsync(line == "DATA" ? "354 go on" : "250 well");
            while (line == "DATA" && await reader.ReadLineAsync() is { } text)
            {
                mail.AppendLine(text);
                if (text != ".")
                    continue;
                await writer.WriteLineAsync("250 I have it");
                break;
            }
        }
        // Until the client has gone.
        if (hangs)
            await reader.ReadToEndAsync();
        return mail.ToString();
    }

    private static NotifierOptions Options(int port) => new("post", NotifierKind.Email)
    {
        Host = "127.0.0.1",
        Port = port,
        Security = SmtpSecurity.None,
        User = "ann",
        Key = "secret-password",
        From = "plumbline@example.org",
        To = ["ml@example.org", "duty@example.org"],
    };

    private static async Task SendAsync(NotifierOptions options, AlertMessage message)
    {
        options.Validate();
        await new EmailNotifier(options, TimeProvider.System).SendAsync(message, TestContext.Current.CancellationToken);
    }

    private int Serve(bool withTls)
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        var options = new SmtpServerOptionsBuilder().ServerName("localhost").Endpoint(builder =>
        {
            builder.Endpoint(new IPEndPoint(IPAddress.Loopback, port)).AuthenticationRequired().AllowUnsecureAuthentication(!withTls);
            if (withTls)
                builder.Certificate(Certificate());
        }).Build();
        var services = new ServiceProvider();
        services.Add((IMessageStore)_mailbox);
        services.Add((IUserAuthenticator)_mailbox);
        _serving.Add(new SmtpServer.SmtpServer(options, services).StartAsync(_stop.Token));
        return port;
    }

    /// <summary>Of 127.0.0.1, signed by one whose certificate is in <c>ca.pem</c>.</summary>
    private X509Certificate2 Certificate()
    {
        var (begin, end) = (DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(150));
        using var caKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var caRequest = new CertificateRequest("CN=tests", caKey, HashAlgorithmName.SHA256);
        caRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        using var ca = caRequest.CreateSelfSigned(begin, end);
        File.WriteAllText(_folder.File("ca.pem"), ca.ExportCertificatePem());
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var signed = request.Create(ca, begin, end, [1, 2, 3]);
        using var whole = signed.CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), null);
    }

    private sealed class Mailbox : MessageStore, IUserAuthenticator
    {
        public ConcurrentQueue<MimeMessage> Mails { get; } = [];

        public ConcurrentQueue<string> Users { get; } = [];

        public SmtpResponse Answer { get; set; } = SmtpResponse.Ok;

        public override async Task<SmtpResponse> SaveAsync(ISessionContext context, IMessageTransaction transaction, ReadOnlySequence<byte> buffer, CancellationToken cancellationToken)
        {
            using var stream = new MemoryStream(buffer.ToArray());
            if (Answer == SmtpResponse.Ok)
                Mails.Enqueue(await MimeMessage.LoadAsync(stream, cancellationToken));
            return Answer;
        }

        public Task<bool> AuthenticateAsync(ISessionContext context, string user, string password, CancellationToken cancellationToken)
        {
            Users.Enqueue($"{user} {password}");
            return Task.FromResult(password == "secret-password");
        }
    }
}
