using System.Globalization;
using System.Text;
using Plumbline.Statistics;

namespace Plumbline.Server.Tests.Fuzzing;

/// <summary>Makes requests of which most are wrong somewhere: in their JSON, their headers, their framing, their target, or altogether. The same for a seed and number, always.</summary>
internal sealed class RequestFuzzer(ulong seed)
{
    /// <summary>A key that a server may know, so that what needs one is reached.</summary>
    public const string Key = "key-of-the-fuzzer";

    private const string Host = "Host: fuzz\r\n", Json = "Content-Type: application/json\r\n";

    private static readonly string[] Headers =
    [
        "Content-Encoding: gzip", "Content-Encoding: deflate", "Content-Encoding: br, gzip", "Content-Encoding: nonsense", "Content-Type: text/plain", "Content-Type: application/json; charset=utf-16",
        "Content-Type: ;;;", "Content-Type: application/grpc", "Content-Type: multipart/form-data; boundary=x", "Accept: text/event-stream", "Accept: */*;q=oops", "X-Plumbline-Timeout-Ms: -1",
        "X-Plumbline-Timeout-Ms: 99999999999999999999", "X-Plumbline-Timeout-Ms: 60000", "X-Plumbline-Priority: urgent", "X-Plumbline-Priority: low", "X-Plumbline-Route: a b", "X-Plumbline-Route: \x80\xff",
        "X-Request-ID: \x01", "X-Request-ID: x", "traceparent: 00-0000", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "Authorization: Basic !!!", "Authorization: Bearer", "X-API-Key: \xc3\x28",
        "If-Match: \"999999999999999999999\"", "If-Match: *", "If-None-Match: *", "Range: bytes=9-1", "Expect: 100-continue", "Expect: nonsense", "Cache-Control: no-store, \"", "Inference-Header-Content-Length: 5",
        "Inference-Header-Content-Length: -1", "Inference-Header-Content-Length: 99999999999", "Connection: upgrade\r\nUpgrade: h2c", "Connection: close", "Forwarded: for=_x", "Accept-Encoding: gzip, br", "Cookie: a=b; =;;",
    ];

    private static readonly string[] Paths =
    [
        "/%2e%2e/%2e%2e/etc/passwd", "/predict/%2e%2e/metrics", "/v1/flags/%00", "/v1/flags/%", "/v1/flags/%zz", "/v1/flags/%C0%AE", "/v1/flags/a%2Fb", "/v2/models/%2e%2e/infer", "/v2/models//ready", "//", "/predict//", "/predict/",
        "/PREDICT", "/predict?x=%00", "/v1/batch-jobs?limit=-1", "/v1/batch-jobs?limit=99999999999999", "/v1/batch-jobs/nonsense", "/v1/rollouts/%F0%9F%98%80", "*", "fuzz:80", "http://fuzz/predict", "http://[::1", "/\x80", "/v1/feedback#x",
        "predict", "/ofrep/v1/evaluate/flags/%0d%0aX:1", "/v2/models/reviews/versions/99999999999999999999/infer", "/metrics?a=b&a=b&&&=", "/openapi/v1.json/..", "/inference.GRPCInferenceService/ModelInfer",
    ];

    private static readonly string[] Methods = ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "POST", "get", "P\xd6ST", "BREW", "", new string('M', 5000)];

    private static readonly string[] Framings =
    [
        "Content-Length: -1", "Content-Length: 99999999999999999999", "Content-Length: 9223372036854775807", "Content-Length: 5\r\nContent-Length: 6", "Content-Length: five", "Content-Length: 0x10", "Content-Length: 1,1", "Content-Length: ",
        "Transfer-Encoding: chunked\r\nContent-Length: 3", "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: chunked, gzip", "Transfer-Encoding: identity", "Transfer-Encoding: \x0bchunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "",
    ];

    private static readonly string[] Versions = ["HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/1.2", "http/1.1", "HTTP/", "", "HTTP/1.1 x"];

    public FuzzedRequest Make(long number)
    {
        var random = new RandomSource(seed + ((ulong)number * 0x9E3779B97F4A7C15));
        var (method, path, valid) = ValidRequests.All[random.NextInt32(ValidRequests.All.Length)];
        var body = random.NextInt32(8) == 0 ? Encoding.UTF8.GetBytes(valid) : JsonMutator.Mutate(Encoding.UTF8.GetBytes(valid), random);
        var isControl = path.StartsWith("/v1/traffic", StringComparison.Ordinal) || path.StartsWith("/v1/rollouts", StringComparison.Ordinal);
        var line = $"{method} {path} HTTP/1.1\r\n{Host}{(isControl ? $"X-API-Key: {Key}\r\nIf-Match: *\r\n" : "")}";
        return random.NextInt32(16) switch
        {
            < 8 => new FuzzedRequest(number, "body", Framed(line + Json, body), FuzzedEnd.KeepAlive),
            8 or 9 => Headed(number, line, body, random),
            10 => Chunked(number, line, body, random),
            11 => new FuzzedRequest(number, "framing", [.. Latin1($"{line}{Json}{Pick(Framings, random)}\r\n\r\n"), .. body], FuzzedEnd.HalfClose),
            12 => Targeted(number, body, random),
            13 => Oversized(number, line, random),
            14 => Pipelined(number, line, body, random),
            _ => Broken(number, Framed(line + Json, body), random),
        };
    }

    private static FuzzedRequest Headed(long number, string line, byte[] body, RandomSource random)
    {
        var headers = new StringBuilder(line);
        if (random.NextInt32(4) > 0)
            headers.Append(Json);
        for (var more = random.NextInt32(4); more >= 0; more--)
            headers.Append(Pick(Headers, random)).Append("\r\n");
        return new FuzzedRequest(number, "headers", Framed(headers.ToString(), random.NextInt32(4) == 0 ? JsonMutator.Compress(body, random) : body), FuzzedEnd.Answer);
    }

    private static FuzzedRequest Chunked(long number, string line, byte[] body, RandomSource random)
    {
        var bytes = new List<byte>(Latin1($"{line}{Json}Transfer-Encoding: chunked\r\n\r\n"));
        for (var at = 0; at < body.Length;)
        {
            var length = Math.Min(1 + random.NextInt32(200), body.Length - at);
            var size = random.NextInt32(12) switch
            {
                0 => $"{length:x}; name=\"value\"",
                1 => $"000{length:X}",
                2 => random.NextInt32(2) == 0 ? "-1" : "ffffffffffffffff",
                3 => "zz",
                _ => length.ToString("x", CultureInfo.InvariantCulture),
            };
            bytes.AddRange([.. Latin1(size), .. "\r\n"u8, .. body.AsSpan(at, length), .. "\r\n"u8]);
            at += length;
        }
        if (random.NextInt32(6) > 0)
            bytes.AddRange("0\r\n"u8);
        if (random.NextInt32(6) == 0)
            bytes.AddRange("Trailer-Of-Mine: x\r\nContent-Length: 7\r\n"u8);
        bytes.AddRange("\r\n"u8);
        return new FuzzedRequest(number, "chunks", [.. bytes], FuzzedEnd.HalfClose);
    }

    private static FuzzedRequest Targeted(long number, byte[] body, RandomSource random)
    {
        var method = random.NextInt32(2) == 0 ? Pick(Methods, random) : "POST";
        var path = random.NextInt32(3) switch
        {
            0 => Pick(Paths, random),
            1 => ValidRequests.All[random.NextInt32(ValidRequests.All.Length)].Path,
            _ => $"/{new string('a', random.NextInt32(40))}{new string('/', random.NextInt32(3))}?{new string('q', random.NextInt32(9000))}",
        };
        return new FuzzedRequest(number, "target", Framed($"{method} {path} {Pick(Versions, random)}\r\n{Host}{Json}", body), FuzzedEnd.Answer, IsHead: method == "HEAD");
    }

    private static FuzzedRequest Oversized(long number, string line, RandomSource random)
    {
        var headers = random.NextInt32(6) switch
        {
            0 => $"X-Long: {new string('x', 40_000)}\r\n",
            1 => string.Concat(Enumerable.Range(0, 150).Select(header => $"X-{header}: y\r\n")),
            2 => Host,
            3 => "X-Folded: a\r\n b\r\n",
            4 => "X Bad: a\r\n: b\r\nc\r\n",
            _ => $"{Json}{Json}X-A: {new string('\x85', 20)}\r\nX-B: a\nX-C: b\r",
        };
        return new FuzzedRequest(number, "many headers", Framed(line + headers, "{}"u8.ToArray()), FuzzedEnd.Answer);
    }

    private static FuzzedRequest Pipelined(long number, string line, byte[] body, RandomSource random)
    {
        var bytes = new List<byte>();
        for (var more = random.NextInt32(5); more >= 0; more--)
            bytes.AddRange(random.NextInt32(3) == 0 ? "GET /health HTTP/1.1\r\nHost: fuzz\r\n\r\n"u8.ToArray() : Framed(line + Json, body));
        return new FuzzedRequest(number, "pipelined", [.. bytes], FuzzedEnd.HalfClose);
    }

    /// <summary>Cut off anywhere, or with bytes of it changed, or noise.</summary>
    private static FuzzedRequest Broken(long number, byte[] request, RandomSource random)
    {
        var end = random.NextInt32(2) == 0 ? FuzzedEnd.HalfClose : FuzzedEnd.Cut;
        switch (random.NextInt32(3))
        {
            case 0:
                return new FuzzedRequest(number, "cut off", request[..random.NextInt32(request.Length)], end);
            case 1:
                for (var changes = 1 + random.NextInt32(4); changes > 0; changes--)
                    request[random.NextInt32(Math.Min(request.Length, 300))] = (byte)random.NextInt32(256);
                return new FuzzedRequest(number, "bytes", request, FuzzedEnd.HalfClose);
            default:
                return new FuzzedRequest(number, "noise", [.. Enumerable.Range(0, 1 + random.NextInt32(400)).Select(_ => (byte)random.NextInt32(256))], FuzzedEnd.HalfClose);
        }
    }

    private static byte[] Framed(string head, byte[] body) => [.. Latin1(string.Create(CultureInfo.InvariantCulture, $"{head}Content-Length: {body.Length}\r\n\r\n")), .. body];

    private static byte[] Latin1(string text) => Encoding.Latin1.GetBytes(text);

    private static string Pick(string[] of, RandomSource random) => of[random.NextInt32(of.Length)];
}
