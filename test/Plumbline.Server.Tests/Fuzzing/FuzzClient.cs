using System.Net;
using System.Net.Sockets;

namespace Plumbline.Server.Tests.Fuzzing;

/// <summary>A client that sends any bytes, and keeps its connection where the server does. For one caller at a time.</summary>
internal sealed class FuzzClient(IPEndPoint server, TimeSpan patience) : IDisposable
{
    private readonly byte[] _buffer = new byte[64 * 1024];
    private Socket? _socket;

    /// <returns>All that was answered; nothing where the connection was cut, or closed without a word.</returns>
    /// <exception cref="TimeoutException">The server neither answered nor closed.</exception>
    /// <exception cref="SocketException">It cannot be reached.</exception>
    public async Task<byte[]> SendAsync(FuzzedRequest request)
    {
        var (socket, isKept) = (_socket, _socket is not null);
        if (request.End != FuzzedEnd.KeepAlive || socket is null)
            (socket, isKept) = (await ConnectAsync(), false);
        using var limit = new CancellationTokenSource(patience);
        try
        {
            var received = await ExchangeAsync(socket, request, limit.Token);
            // What was kept may have been closed meanwhile, as one may.
            return received.Length == 0 && isKept ? await AgainAsync(request) : received;
        }
        catch (OperationCanceledException)
        {
            Close(socket);
            throw new TimeoutException($"neither an answer nor an end within {patience.TotalSeconds} s");
        }
    }

    public void Dispose() => _socket?.Dispose();

    private Task<byte[]> AgainAsync(FuzzedRequest request)
    {
        _socket = null;
        return SendAsync(request);
    }

    private async Task<byte[]> ExchangeAsync(Socket socket, FuzzedRequest request, CancellationToken limit)
    {
        using var received = new MemoryStream();
        try
        {
            for (var sent = 0; sent < request.Bytes.Length;)
                sent += await socket.SendAsync(request.Bytes.AsMemory(sent), limit);
            if (request.End == FuzzedEnd.Cut)
            {
                Close(socket);
                return [];
            }
            if (request.End == FuzzedEnd.HalfClose)
                socket.Shutdown(SocketShutdown.Send);
            int read;
            while ((read = await socket.ReceiveAsync(_buffer, limit)) > 0)
            {
                received.Write(_buffer, 0, read);
                if (request.End != FuzzedEnd.HalfClose && RawAnswer.First(received.GetBuffer().AsSpan(0, (int)received.Length), request.IsHead, isClosed: false) is { } answer)
                {
                    Leave(socket, isKept: request.End == FuzzedEnd.KeepAlive && answer.Value("Connection") != "close");
                    return received.ToArray();
                }
            }
        }
        catch (SocketException)
        {
            // Reset: what came before that counts.
        }
        Close(socket);
        return received.ToArray();
    }

    private void Leave(Socket socket, bool isKept)
    {
        if (isKept)
            _socket = socket;
        else
            Close(socket);
    }

    private async Task<Socket> ConnectAsync()
    {
        // Closing resets, so that no port is kept waiting for what may still come.
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, LingerState = new LingerOption(true, 0) };
        await socket.ConnectAsync(server);
        return socket;
    }

    private void Close(Socket socket)
    {
        socket.Dispose();
        if (_socket == socket)
            _socket = null;
    }
}
