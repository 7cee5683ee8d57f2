using System.Net;
using System.Net.Sockets;

namespace Plumbline.Bench.Load;

/// <summary>One non-blocking keep-alive connection with at most one request in flight.</summary>
internal sealed class Connection : IDisposable
{
    private readonly IPEndPoint _server;
    private Socket _socket;
    private byte[] _received = new byte[16 * 1024];
    private int _length;
    private byte[] _request = [];
    private int _sent;
    private int _answer;

    public Connection(IPEndPoint server)
    {
        _server = server;
        _socket = Open(server);
    }

    public int Descriptor => (int)_socket.Handle;

    public bool WantsToSend => _sent < _request.Length;

    /// <summary>When the request in flight should have been sent.</summary>
    public long Scheduled { get; private set; }

    /// <summary>Number of the request in flight, or the last one.</summary>
    public long Number { get; private set; }

    /// <summary>The last response, until the next request.</summary>
    public ReadOnlySpan<byte> Response => _received.AsSpan(0, _answer);

    public bool IsBusy { get; private set; }

    public void Start(byte[] request, long number, long scheduled)
    {
        (_request, _sent, Number, Scheduled, IsBusy) = (request, 0, number, scheduled, true);
        ContinueSending();
    }

    public void ContinueSending()
    {
        var count = _socket.Send(_request.AsSpan(_sent), SocketFlags.None, out var error);
        if (error is SocketError.Success)
            _sent += count;
        else if (error is not SocketError.WouldBlock)
            throw new SocketException((int)error);
    }

    /// <returns>The status once the response is complete; 0 before.</returns>
    public int Receive()
    {
        if (_length == _received.Length)
            Array.Resize(ref _received, 2 * _length);
        var count = _socket.Receive(_received.AsSpan(_length), SocketFlags.None, out var error);
        if (error is SocketError.WouldBlock)
            return 0;
        if (error is not SocketError.Success || count == 0)
            throw new SocketException((int)(error is SocketError.Success ? SocketError.ConnectionReset : error));
        _length += count;
        if (HttpResponse.Measure(_received.AsSpan(0, _length), out var status) == 0)
            return 0;
        (_answer, _length) = (_length, 0);
        IsBusy = false;
        return status;
    }

    /// <summary>Gives the request in flight up and opens a new connection.</summary>
    public void Reset()
    {
        _socket.Dispose();
        (_length, _request, _sent, IsBusy) = (0, [], 0, false);
        _socket = Open(_server);
    }

    public void Dispose() => _socket.Dispose();

    private static Socket Open(IPEndPoint server)
    {
        var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(server);
        socket.Blocking = false;
        return socket;
    }
}
