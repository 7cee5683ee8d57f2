using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Plumbline.Tests.Parts;

/// <summary>Passes TCP connections on to a port of loopback, and cuts those that it is told to.</summary>
internal sealed class FaultyProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly Func<int, long?> _cutAfter;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _work = [];
    private int _connections;

    /// <param name="cutAfter">For the connection of a number, from 0: how many bytes of answers it lets through before it resets both sides; null for all.</param>
    public FaultyProxy(int target, Func<int, long?> cutAfter)
    {
        (_target, _cutAfter) = (target, cutAfter);
        _listener.Start();
        _work.Add(AcceptAsync());
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Connections => Volatile.Read(ref _connections);

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Stop();
        Task.WhenAll(_work).ContinueWith(_ => { }, TaskScheduler.Default).Wait();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var client = await _listener.AcceptSocketAsync(_stop.Token);
            var number = _connections;
            Volatile.Write(ref _connections, number + 1);
            _work.Add(PassOnAsync(client, _cutAfter(number)));
        }
    }

    private async Task PassOnAsync(Socket client, long? cutAfter)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        // Closing then resets instead of ending politely.
        client.LingerState = new LingerOption(true, 0);
        using (client)
        {
            try
            {
                if (cutAfter == 0)
                    return;
                await server.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
                await Task.WhenAny(CopyAsync(client, server, long.MaxValue), CopyAsync(server, client, cutAfter ?? long.MaxValue));
            }
            catch (SocketException)
            {
                // Either side may go; then so does the other.
            }
        }
    }

    private async Task CopyAsync(Socket from, Socket to, long left)
    {
        var block = new byte[16 << 10];
        while (left > 0)
        {
            var read = await from.ReceiveAsync(block.AsMemory(0, (int)Math.Min(block.Length, left)), _stop.Token);
            if (read == 0)
                return;
            await to.SendAsync(block.AsMemory(0, read), _stop.Token);
            left -= read;
        }
    }
}
