using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Plumbline.Tests.Parts;

/// <summary>An HTTP endpoint on a free port of loopback, which keeps what it gets and answers what it is told to.</summary>
internal sealed class HttpReceiver : IDisposable
{
    private const int Attempts = 5;

    private readonly HttpListener _listener;
    private readonly Func<ReceivedRequest, ReceiverAnswer> _answer;
    private readonly Task _serving;

    /// <param name="answer">Null answers 200.</param>
    public HttpReceiver(Func<ReceivedRequest, ReceiverAnswer>? answer = null)
    {
        _answer = answer ?? (_ => new ReceiverAnswer(200));
        (_listener, Address) = Listen();
        _serving = ServeAsync();
    }

    public Uri Address { get; }

    /// <summary>In the order in which they came.</summary>
    public ConcurrentQueue<ReceivedRequest> Received { get; } = [];

    public void Dispose()
    {
        _listener.Close();
        _serving.ContinueWith(_ => { }, TaskScheduler.Default).Wait();
    }

    private static (HttpListener, Uri) Listen()
    {
        for (var attempt = 1; ; attempt++)
        {
            int port;
            using (var probe = new TcpListener(IPAddress.Loopback, 0))
            {
                probe.Start();
                port = ((IPEndPoint)probe.LocalEndpoint).Port;
            }
            var listener = new HttpListener();
            listener.Prefixes.Add($"http://127.0.0.1:{port}/");
            try
            {
                listener.Start();
                return (listener, new Uri($"http://127.0.0.1:{port}"));
            }
            catch (HttpListenerException) when (attempt < Attempts)
            {
                // Somebody took the port meanwhile.
            }
        }
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            var context = await _listener.GetContextAsync();
            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            var request = new ReceivedRequest(
                Received.Count, context.Request.Url!.AbsolutePath, context.Request.Headers.AllKeys.ToDictionary(name => name!, name => context.Request.Headers[name]!, StringComparer.OrdinalIgnoreCase), body.ToArray());
            Received.Enqueue(request);
            var answer = _answer(request);
            context.Response.StatusCode = answer.Status;
            if (answer.RetryAfter is not null)
                context.Response.Headers["Retry-After"] = answer.RetryAfter;
            if (answer.Location is not null)
                context.Response.Headers["Location"] = answer.Location;
            context.Response.Close(Encoding.UTF8.GetBytes(answer.Body), willBlock: false);
        }
    }
}

/// <param name="Number">From 0.</param>
internal sealed record ReceivedRequest(int Number, string Path, Dictionary<string, string> Headers, byte[] Body)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;
}

internal sealed record ReceiverAnswer(int Status, string Body = "", string? RetryAfter = null, string? Location = null);
