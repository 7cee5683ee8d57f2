using System.Net;
using System.Net.Sockets;

namespace Plumbline.Server.Admission;

/// <summary>How long what has arrived at a socket waits for a thread, and so a request before this program sees it: what a datagram to itself takes, every few milliseconds. Thread-safe.</summary>
internal sealed class SocketDelay : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(5);

    /// <summary>After which a datagram may be lost.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly SocketAsyncEventArgs _receiving = new();
    private readonly byte[] _datagram = new byte[1];
    private readonly StandingDelay _delay = new();
    private readonly TimeProvider _time;
    private readonly Thread? _sending;
    private volatile bool _isStopping;
    private volatile bool _isReceiving;

    /// <summary>Timestamp of the datagram that is under way; 0: none is.</summary>
    private long _sent;

    public SocketDelay(TimeProvider time)
    {
        _time = time;
        _receiving.SetBuffer(new byte[1]);
        _receiving.Completed += (_, _) => Receive();
        try
        {
            _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            // From nobody else.
            _socket.Connect(_socket.LocalEndPoint!);
        }
        catch (SocketException)
        {
            // A machine without IPv4: nothing is known, and nobody is refused for it.
            return;
        }
        _sending = new Thread(Send) { IsBackground = true, Name = "plumbline-delay" };
        _sending.UnsafeStart();
    }

    public TimeSpan Value
    {
        get
        {
            var (sent, known) = (Volatile.Read(ref _sent), _delay.Value);
            var standing = sent == 0 ? known : _delay.After(_time.GetElapsedTime(sent));
            return standing > known ? standing : known;
        }
    }

    public void Dispose()
    {
        _isStopping = true;
        _sending?.Join();
        _socket.Dispose();
        _receiving.Dispose();
    }

    private void Send()
    {
        for (; !_isStopping; Thread.Sleep(Period))
        {
            try
            {
                var sent = Volatile.Read(ref _sent);
                if (!_isReceiving)
                {
                    _isReceiving = true;
                    if (!_socket.ReceiveAsync(_receiving))
                        Receive();
                }
                if (sent != 0 && _time.GetElapsedTime(sent) < Patience)
                    continue;
                if (sent == 0)
                    Volatile.Write(ref _sent, _time.GetTimestamp());
                _socket.Send(_datagram);
            }
            catch (SocketException)
            {
                Volatile.Write(ref _sent, 0);
            }
        }
    }

    private void Receive()
    {
        if (Volatile.Read(ref _sent) is not 0 and var sent)
            _delay.Look(_time.GetElapsedTime(sent));
        // In this order: nothing is sent before it can be received.
        _isReceiving = false;
        Volatile.Write(ref _sent, 0);
    }
}
