using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Plumbline.Server;
using Plumbline.Server.OpenInference.Wire;

namespace Plumbline.Bench;

/// <summary>
/// The same texts through each interface of one server in this process, one request after the other on one connection: microseconds a request, so that the protocols' own costs can be compared; then as a stream,
/// rows a second and what the process's memory grows to.
/// </summary>
internal static class ProtocolsCommand
{
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(2), Measured = TimeSpan.FromSeconds(5);

    /// <param name="args">Bundle, texts (as JSON strings, one a line), then texts a request and rows of the stream.</param>
    public static async Task<int> RunAsync(string[] args)
    {
        var texts = File.ReadLines(args[1]).Select(line => JsonSerializer.Deserialize<string>(line)!).ToArray();
        var count = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 1;
        var rows = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : 100_000;
        await using var server = await PredictionServer.StartAsync(new ServerOptions { Bundle = args[0], Port = 0, GrpcPort = 0, ModelName = "bench", ModelVersion = 1 }, TextWriter.Null);
        await server.Ready;
        using var http = new HttpClient { BaseAddress = server.Address };
        using var channel = GrpcChannel.ForAddress(server.GrpcAddress!);
        string[] chosen = [.. Enumerable.Range(0, count).Select(i => texts[i % texts.Length])];
        await MeasureAsync("predict", count, () => PostAsync(http, "/predict", JsonSerializer.SerializeToUtf8Bytes(new { texts = chosen })));
        await MeasureAsync("infer, JSON", count, () => PostAsync(http, "/v2/models/bench/infer", Infer(chosen)));
        await MeasureAsync("infer, binary", count, () => PostBinaryAsync(http, chosen));
        await MeasureAsync("ModelInfer, by type", count, () => CallAsync(channel, chosen, isRaw: false));
        await MeasureAsync("ModelInfer, raw", count, () => CallAsync(channel, chosen, isRaw: true));
        await StreamAsync(http, texts, rows);
        return 0;
    }

    private static async Task MeasureAsync(string name, int count, Func<Task> ask)
    {
        await RunForAsync(WarmUp, ask);
        var times = await RunForAsync(Measured, ask);
        times.Sort();
        Console.WriteLine(JsonSerializer.Serialize(new { of = name, texts = count, requests = times.Count, p50_us = times[times.Count / 2], p99_us = times[times.Count * 99 / 100] }));
    }

    private static async Task<List<double>> RunForAsync(TimeSpan limit, Func<Task> ask)
    {
        var times = new List<double>();
        for (var begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun) < limit;)
        {
            var asked = Stopwatch.GetTimestamp();
            await ask();
            times.Add(Math.Round(Stopwatch.GetElapsedTime(asked).TotalMicroseconds, 1));
        }
        return times;
    }

    private static byte[] Infer(string[] texts) => JsonSerializer.SerializeToUtf8Bytes(new { inputs = new[] { new { name = "text", shape = new[] { texts.Length }, datatype = "BYTES", data = texts } } });

    private static async Task PostAsync(HttpClient http, string path, byte[] body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        using var response = await http.SendAsync(request);
        response.EnsureSuccessStatusCode();
        await response.Content.ReadAsByteArrayAsync();
    }

    private static Task PostBinaryAsync(HttpClient http, string[] texts)
    {
        var data = Raw(texts);
        var json = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new
        {
            parameters = new { binary_data_output = true },
            inputs = new[] { new { name = "text", shape = new[] { texts.Length }, datatype = "BYTES", parameters = new { binary_data_size = data.Length } } },
        }));
        return PostAsync(http, "/v2/models/bench/infer", [.. json, .. data], ("Inference-Header-Content-Length", json.Length.ToString(CultureInfo.InvariantCulture)));
    }

    private static async Task CallAsync(GrpcChannel channel, string[] texts, bool isRaw)
    {
        var input = new ModelInferRequest.Types.InferInputTensor { Name = "text", Datatype = "BYTES", Shape = { texts.Length } };
        var request = new ModelInferRequest { ModelName = "bench", Inputs = { input } };
        if (isRaw)
            request.RawInputContents.Add(UnsafeByteOperations.UnsafeWrap(Raw(texts)));
        else
            input.Contents = new InferTensorContents { BytesContents = { texts.Select(ByteString.CopyFromUtf8) } };
        var method = new Method<ModelInferRequest, ModelInferResponse>(
            MethodType.Unary, "inference.GRPCInferenceService", "ModelInfer", Marshallers.Create(message => message.ToByteArray(), ModelInferRequest.Parser.ParseFrom),
            Marshallers.Create(message => message.ToByteArray(), ModelInferResponse.Parser.ParseFrom));
        using var call = channel.CreateCallInvoker().AsyncUnaryCall(method, null, default, request);
        await call;
    }

    private static byte[] Raw(string[] texts)
    {
        using var data = new MemoryStream();
        Span<byte> length = stackalloc byte[sizeof(int)];
        foreach (var text in texts)
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            BinaryPrimitives.WriteInt32LittleEndian(length, utf8.Length);
            data.Write(length);
            data.Write(utf8);
        }
        return data.ToArray();
    }

    private static async Task StreamAsync(HttpClient http, string[] texts, int rows)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new { data = Enumerable.Range(0, rows).Select(row => new { text = texts[row % texts.Length] }) });
        GC.Collect();
        var before = Environment.WorkingSet;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/batch_predict") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Accept.ParseAdd("text/event-stream");
        var begun = Stopwatch.GetTimestamp();
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        var first = Stopwatch.GetElapsedTime(begun);
        var buffer = new byte[64 * 1024];
        await using var stream = await response.Content.ReadAsStreamAsync();
        var (received, most) = (0L, before);
        for (int read; (read = await stream.ReadAsync(buffer)) > 0; received += read)
            most = Math.Max(most, Environment.WorkingSet);
        var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            of = "stream",
            rows,
            sent_bytes = body.Length,
            received_bytes = received,
            first_ms = Math.Round(first.TotalMilliseconds, 1),
            rows_per_second = Math.Round(rows / seconds),
            grown_mib = (most - before) >> 20,
        }));
    }
}
