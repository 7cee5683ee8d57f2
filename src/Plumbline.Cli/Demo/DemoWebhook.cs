using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Plumbline.Cli.Demo;

/// <summary>A webhook on a free port of this machine, which takes what alerts are sent.</summary>
internal sealed class DemoWebhook : IAsyncDisposable
{
    private const int Tries = 20;

    private readonly HttpListener _listener;
    private readonly Task _serving;

    private DemoWebhook(HttpListener listener, Uri address)
    {
        (_listener, Address) = (listener, address);
        _serving = ServeAsync();
    }

    public Uri Address { get; }

    /// <summary>Bodies, the first first.</summary>
    public ConcurrentQueue<JsonNode> Received { get; } = [];

    public static DemoWebhook Start()
    {
        for (var attempt = 1; ; attempt++)
        {
            var address = new Uri(FormattableString.Invariant($"http://127.0.0.1:{FreePort()}/"));
            var listener = new HttpListener();
            listener.Prefixes.Add(address.ToString());
            try
            {
                listener.Start();
                return new DemoWebhook(listener, address);
            }
            catch (HttpListenerException) when (attempt < Tries)
            {
                // Somebody took the port meanwhile.
                listener.Close();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
        _listener.Close();
    }

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                if (await JsonNode.ParseAsync(context.Request.InputStream) is { } body)
                    Received.Enqueue(body);
                context.Response.StatusCode = (int)HttpStatusCode.NoContent;
                context.Response.Close();
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException or InvalidOperationException or IOException or System.Text.Json.JsonException)
            {
                // It is stopped, or who sent has gone, or sent no JSON.
            }
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
