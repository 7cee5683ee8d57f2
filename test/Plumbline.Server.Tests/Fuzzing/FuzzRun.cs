using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Plumbline.Server.Tests.Fuzzing;

/// <summary>
/// Sends what fuzzers make to a server, several at once, and judges every answer: none says that the server failed, none holds a stack trace or a text; and one that is right is asked in between, and has the same answer as before.
/// </summary>
/// <param name="grpc">Where gRPC is spoken; null where it is not.</param>
internal sealed class FuzzRun(IPEndPoint http, IPEndPoint? grpc, ulong seed)
{
    private const int MostFailures = 20;
    private const int OfGrpc = 16, Probing = 64;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly byte[] Probe = Encoding.UTF8.GetBytes("POST /predict HTTP/1.1\r\nHost: fuzz\r\nContent-Type: application/json\r\nContent-Length: 26\r\n\r\n{\"text\":\"a fine old book\"}");
    private static readonly string[] Forbidden = ["   at ", "Exception", ValidRequests.Secret];

    private readonly RequestFuzzer _requests = new(seed);
    private readonly GrpcFuzzer _calls = new(seed);
    private long _next;
    private long _probes;
    private string _expected = "";

    /// <summary>What was wrong, with what it was the answer to; the first of them.</summary>
    public ConcurrentQueue<string> Failures { get; } = new();

    /// <summary>Answers by status; 0 where the connection was closed without one.</summary>
    public ConcurrentDictionary<int, long> Statuses { get; } = new();

    /// <summary>Requests in between that were answered as before.</summary>
    public long Probes => Interlocked.Read(ref _probes);

    /// <summary>Sends the requests of a range of numbers.</summary>
    public async Task RunAsync(long from, long until, int clients)
    {
        if (_expected.Length == 0)
            _expected = Essence(await AskAsync(Probe));
        _next = from - 1;
        await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(() => WorkAsync(until))));
    }

    /// <summary>All that one request leads to, judged.</summary>
    public async Task SendAsync(long number)
    {
        using var client = new FuzzClient(http, Patience);
        await SendAsync(client, number);
    }

    private async Task WorkAsync(long until)
    {
        using var client = new FuzzClient(http, Patience);
        while (Interlocked.Increment(ref _next) is var number && number < until && Failures.Count < MostFailures)
        {
            await SendAsync(client, number);
            if (number % Probing == 0)
                await ProbeAsync(number);
        }
    }

    private async Task SendAsync(FuzzClient client, long number)
    {
        var isCall = grpc is not null && number % OfGrpc == OfGrpc - 1;
        var request = isCall ? _calls.Make(number) : _requests.Make(number);
        try
        {
            if (isCall)
            {
                using var caller = new FuzzClient(grpc!, Patience);
                JudgeText(request, await caller.SendAsync(request));
            }
            else
                Judge(request, await client.SendAsync(request));
        }
        catch (Exception exception) when (exception is SocketException or InvalidDataException or TimeoutException)
        {
            Failures.Enqueue($"{exception.Message}, after {request}");
        }
    }

    private void Judge(FuzzedRequest request, byte[] received)
    {
        JudgeText(request, received);
        var left = received.AsSpan();
        if (left.IsEmpty)
            Statuses.AddOrUpdate(0, 1, (_, count) => count + 1);
        while (RawAnswer.First(left, request.IsHead, isClosed: true) is { } answer)
        {
            Statuses.AddOrUpdate(answer.Status, 1, (_, count) => count + 1);
            // 505 is Kestrel's, for another version of HTTP.
            if (answer.Status >= 500 && answer.Status != 505 && !(answer.Status == 503 && answer.Value("Retry-After") is not null))
                Failures.Enqueue($"{answer.Status} {Encoding.UTF8.GetString(left[answer.Head.Length..answer.Length]).Trim()}, after {request}");
            left = left[answer.Length..];
        }
    }

    private void JudgeText(FuzzedRequest request, byte[] received)
    {
        var text = Encoding.UTF8.GetString(received);
        foreach (var forbidden in Forbidden)
        {
            if (text.Contains(forbidden, StringComparison.Ordinal))
                Failures.Enqueue($"an answer holds '{forbidden}': {text}, after {request}");
        }
    }

    private async Task ProbeAsync(long number)
    {
        try
        {
            var answer = Essence(await AskAsync(Probe));
            if (answer == _expected)
                Interlocked.Increment(ref _probes);
            else
                Failures.Enqueue($"what is right was answered by {answer} instead of {_expected}, near number {number}");
        }
        catch (Exception exception) when (exception is SocketException or InvalidDataException or TimeoutException)
        {
            Failures.Enqueue($"what is right was not answered near number {number}: {exception.Message}");
        }
    }

    private async Task<byte[]> AskAsync(byte[] request)
    {
        using var client = new FuzzClient(http, Patience);
        return await client.SendAsync(new FuzzedRequest(-1, "right", request, FuzzedEnd.KeepAlive));
    }

    /// <summary>Status, label and probabilities.</summary>
    private static string Essence(byte[] received)
    {
        var text = Encoding.UTF8.GetString(received);
        var (from, until) = (text.IndexOf("{\"", StringComparison.Ordinal), text.IndexOf("\"prediction_id\"", StringComparison.Ordinal));
        return text.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal) && until > from ? text[from..until] : string.Create(CultureInfo.InvariantCulture, $"{text.Length} bytes: {text}");
    }
}
