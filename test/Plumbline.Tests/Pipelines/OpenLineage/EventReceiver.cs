using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Plumbline.Tests.Pipelines.OpenLineage;

/// <summary>An endpoint for events on a free port of loopback, which answers what it is told to.</summary>
internal sealed class EventReceiver : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<int, int?> _answer;
    private readonly Task _accepting;
    private int _requests;

    /// <param name="answer">For the request of a number, from 0: the status; null drops the connection.</param>
    public EventReceiver(Func<int, int?>? answer = null)
    {
        _answer = answer ?? (_ => 201);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public ConcurrentQueue<(string Head, JsonElement Event)> Taken { get; } = [];

    public int Requests => Volatile.Read(ref _requests);

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
        _accepting.ContinueWith(_ => { }, TaskScheduler.Default).Wait();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
            await ServeAsync(client.GetStream());
        }
    }

    private async Task ServeAsync(NetworkStream stream)
    {
        var (head, body) = await ReadAsync(stream);
        if (head.Length == 0)
            return;
        var answer = _answer(Interlocked.Increment(ref _requests) - 1);
        if (answer is null)
            return;
        if (answer is >= 200 and < 300)
            Taken.Enqueue((head, JsonDocument.Parse(body).RootElement));
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {answer} Told\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), _stop.Token);
    }

    private async Task<(string Head, byte[] Body)> ReadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
                return ("", []);
            head.Append((char)one[0]);
        }
        var length = head.ToString().Split("\r\n").Select(line => line.Split(": ")).Where(parts => parts[0] == "Content-Length").Select(parts => int.Parse(parts[1], null)).Single();
        var body = new byte[length];
        await stream.ReadExactlyAsync(body, _stop.Token);
        return (head.ToString(), body);
    }
}
