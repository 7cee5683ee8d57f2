using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Plumbline.Server.Tests.Telemetry.Otlp;

namespace Plumbline.Server.Tests.Telemetry;

/// <summary>Takes OTLP on loopback, over HTTP and over gRPC, as a collector does, and keeps what came.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private const int FrameHeader = 5;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<(string Service, Span Span)> _spans = [];
    private readonly ConcurrentQueue<Metric> _metrics = [];
    private readonly ConcurrentQueue<LogRecord> _logs = [];
    private readonly SemaphoreSlim _arrived = new(0);
    private readonly WebApplication _app;

    private OtlpReceiver()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        builder.Services.AddRoutingCore();
        _app = builder.Build();
        _app.UseRouting();
        foreach (var (signal, service, take) in new (string, string, Action<byte[]>)[] { ("traces", "Trace", TakeTraces), ("metrics", "Metrics", TakeMetrics), ("logs", "Logs", TakeLogs) })
        {
            _app.MapPost($"/v1/{signal}", (RequestDelegate)(context => AnswerAsync(context, take)));
            _app.MapPost($"/opentelemetry.proto.collector.{service.ToLowerInvariant()}.v1.{service}Service/Export", (RequestDelegate)(context => AnswerGrpcAsync(context, take)));
        }
    }

    public Uri Http => Address(0);

    public Uri Grpc => Address(1);

    public IReadOnlyCollection<(string Service, Span Span)> Spans => _spans;

    public IReadOnlyCollection<Metric> Metrics => _metrics;

    public IReadOnlyCollection<LogRecord> Logs => _logs;

    /// <summary>Values of the header <c>authorization</c> that came.</summary>
    public ConcurrentQueue<string> Authorizations { get; } = [];

    public static async Task<OtlpReceiver> StartAsync()
    {
        var receiver = new OtlpReceiver();
        await receiver._app.StartAsync();
        return receiver;
    }

    public static string? Find(RepeatedField<Otlp.Attribute> attributes, string key) => attributes.FirstOrDefault(attribute => attribute.Key == key)?.Value is not { } value ? null : value.KindCase switch
    {
        Value.KindOneofCase.Text => value.Text,
        Value.KindOneofCase.Whole => $"{value.Whole}",
        Value.KindOneofCase.Number => FormattableString.Invariant($"{value.Number}"),
        _ => value.Flag ? "true" : "false",
    };

    public static string Hex(ByteString bytes) => Convert.ToHexStringLower(bytes.Span);

    /// <summary>Until what came is enough.</summary>
    public async Task WaitForAsync(Func<bool> enough)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!enough())
            await _arrived.WaitAsync(patience.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _arrived.Dispose();
    }

    private Uri Address(int i) => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ElementAt(i));

    private async Task AnswerAsync(HttpContext context, Action<byte[]> take)
    {
        await ReadAsync(context, body => take(body));
        context.Response.ContentType = "application/x-protobuf";
    }

    private async Task AnswerGrpcAsync(HttpContext context, Action<byte[]> take)
    {
        await ReadAsync(context, body => take(body.AsSpan(FrameHeader, BinaryPrimitives.ReadInt32BigEndian(body.AsSpan(1))).ToArray()));
        context.Response.ContentType = "application/grpc";
        // A message without fields.
        await context.Response.Body.WriteAsync(new byte[FrameHeader]);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    private async Task ReadAsync(HttpContext context, Action<byte[]> take)
    {
        foreach (var sent in context.Request.Headers.Authorization)
            Authorizations.Enqueue(sent!);
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        take(body.ToArray());
        _arrived.Release();
    }

    private void TakeTraces(byte[] message)
    {
        foreach (var resource in ExportedTraces.Parser.ParseFrom(message).Resources)
        {
            foreach (var span in resource.Scopes.SelectMany(scope => scope.Spans))
                _spans.Enqueue((Find(resource.Resource.Attributes, "service.name") ?? "", span));
        }
    }

    private void TakeMetrics(byte[] message)
    {
        foreach (var metric in ExportedMetrics.Parser.ParseFrom(message).Resources.SelectMany(resource => resource.Scopes).SelectMany(scope => scope.Metrics))
            _metrics.Enqueue(metric);
    }

    private void TakeLogs(byte[] message)
    {
        foreach (var record in ExportedLogs.Parser.ParseFrom(message).Resources.SelectMany(resource => resource.Scopes).SelectMany(scope => scope.Records))
            _logs.Enqueue(record);
    }
}
