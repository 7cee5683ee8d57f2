using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Plumbline.Statistics;

namespace Plumbline.Bench.Load;

/// <summary>
/// Sends requests at fixed times, whatever the server does, and measures each from the time at which it was due: a
/// server that stalls is charged for all requests that had to wait (Tene's wrk2). One thread waits in ppoll for answers
/// and for the next due time, so that it takes little from a server on the same cores.
/// </summary>
/// <param name="deadline">Within which an answer is in time. Where there is one, latencies count from when a request was sent: what waits for a connection is not known to the server that is to refuse it.</param>
internal sealed class OpenLoop(IPEndPoint server, byte[][] requests, double rate, double seconds, int connections, TimeSpan deadline = default)
{
    private const double GraceSeconds = 5;

    private readonly LatencyHistogram _latency = new();
    private readonly Connection[] _connections = new Connection[connections];
    private readonly Posix.PollDescriptor[] _polls = new Posix.PollDescriptor[connections];
    private readonly Queue<int> _free = new(connections);
    private long _failed;
    private long _refused;
    private long _inTime;

    public LoadResult Run()
    {
        for (var i = 0; i < connections; i++)
        {
            _connections[i] = new Connection(server);
            _free.Enqueue(i);
        }
        Posix.UseFineTimers();
        var total = (long)(rate * seconds);
        var ticksBetween = Stopwatch.Frequency / rate;
        var start = Stopwatch.GetTimestamp();
        var giveUp = start + (long)((seconds + GraceSeconds) * Stopwatch.Frequency);
        long sent = 0, now;
        try
        {
            while ((sent < total || _free.Count < connections) && (now = Stopwatch.GetTimestamp()) < giveUp)
            {
                for (; sent < total && _free.Count > 0 && Due(sent) <= now; sent++)
                    Send(_free.Dequeue(), requests[sent % requests.Length], deadline > TimeSpan.Zero ? Stopwatch.GetTimestamp() : Due(sent));
                var next = sent < total && _free.Count > 0 ? Due(sent) : giveUp;
                var wait = Math.Clamp(next - Stopwatch.GetTimestamp(), 0, Stopwatch.Frequency / 10);
                Serve(wait * 1_000_000_000 / Stopwatch.Frequency);
            }
        }
        finally
        {
            foreach (var connection in _connections)
                connection?.Dispose();
        }
        var elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var unanswered = total - _latency.Count - _failed;
        return new LoadResult(
            rate, _latency.Count / elapsed, sent, _latency.Count, _failed + unanswered, _refused, _inTime,
            Milliseconds(0.5), Milliseconds(0.9), Milliseconds(0.99), Milliseconds(0.999), _latency.Max * 1e3 / Stopwatch.Frequency);

        long Due(long request) => start + (long)(request * ticksBetween);
    }

    private double Milliseconds(double quantile) => _latency.Quantile(quantile) * 1e3 / Stopwatch.Frequency;

    private void Send(int index, byte[] request, long due)
    {
        try
        {
            _connections[index].Start(request, due);
        }
        catch (SocketException)
        {
            Fail(index);
        }
    }

    /// <summary>Waits for answers at most <paramref name="nanoseconds"/> and takes those that came.</summary>
    private void Serve(long nanoseconds)
    {
        for (var i = 0; i < connections; i++)
            _polls[i] = new Posix.PollDescriptor(_connections[i].Descriptor, _connections[i].WantsToSend);
        var ready = Posix.Poll(_polls, nanoseconds);
        for (var i = 0; i < connections && ready > 0; i++)
        {
            if (!_polls[i].IsReady)
                continue;
            ready--;
            Take(i);
        }
    }

    private void Take(int index)
    {
        var connection = _connections[index];
        var wasBusy = connection.IsBusy;
        try
        {
            if (connection.WantsToSend)
                connection.ContinueSending();
            var status = connection.Receive();
            if (status == 0)
                return;
            Count(status, Stopwatch.GetTimestamp() - connection.Scheduled);
            _free.Enqueue(index);
        }
        catch (Exception error) when (error is SocketException or InvalidDataException)
        {
            // A server may close an idle connection; only a request in flight is lost with it.
            if (wasBusy)
                Fail(index);
            else
                connection.Reset();
        }
    }

    private void Count(int status, long latency)
    {
        if (status == 200)
        {
            _latency.Record(latency);
            _inTime += latency <= deadline.TotalSeconds * Stopwatch.Frequency ? 1 : 0;
            return;
        }
        _failed++;
        _refused += status is 429 or 503 ? 1 : 0;
    }

    private void Fail(int index)
    {
        _failed++;
        _connections[index].Reset();
        _free.Enqueue(index);
    }
}
