using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Plumbline.Server.Tests.Client;

/// <summary>A server on a free port of loopback that answers what it was told, one answer a connection, the last one again and again. Null never answers.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly string?[] _answers;
    private readonly Task _serving;

    public ScriptedServer(params string?[] answers)
    {
        _answers = answers;
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>What was asked, headers and all.</summary>
    public List<string> Requests { get; } = [];

    public HttpClient Client => new() { BaseAddress = new Uri($"http://{_listener.LocalEndpoint}/") };

    public static string Answer(string status, string body, string headers = "") =>
        $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n{headers}\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var silent = new List<TcpClient>();
        try
        {
            for (var i = 0; ; i++)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Requests.Add(await ReadAsync(client.GetStream()));
                if (_answers[Math.Min(i, _answers.Length - 1)] is not { } answer)
                {
                    silent.Add(client);
                    continue;
                }
                await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(answer), _stop.Token);
                client.Close();
            }
        }
        catch (OperationCanceledException)
        {
            silent.ForEach(client => client.Dispose());
        }
    }

    private async Task<string> ReadAsync(NetworkStream stream)
    {
        var request = new StringBuilder();
        var buffer = new byte[4096];
        while (!IsWhole(request.ToString()))
        {
            var read = await stream.ReadAsync(buffer, _stop.Token);
            if (read == 0)
                break;
            request.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }
        return request.ToString();
    }

    private static bool IsWhole(string request)
    {
        var end = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
            return false;
        const string Length = "Content-Length: ";
        var at = request.IndexOf(Length, StringComparison.OrdinalIgnoreCase);
        if (at >= 0)
            return request.Length - end - 4 >= int.Parse(request[(at + Length.Length)..request.IndexOf('\r', at)], System.Globalization.CultureInfo.InvariantCulture);
        return !request.Contains("chunked", StringComparison.OrdinalIgnoreCase) || request.EndsWith("0\r\n\r\n", StringComparison.Ordinal);
    }
}
