using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Plumbline.Server.Security;
using Plumbline.Server.Telemetry;
using Plumbline.Storage;

namespace Plumbline.Server.Hosting;

/// <summary>What all servers of this project share: Kestrel, logs, a graceful stop, telemetry and the gate.</summary>
internal static class HttpHost
{
    /// <param name="slowest">How slowly a body may come; null where requests have a time limit of their own.</param>
    /// <param name="configure">What a server has besides.</param>
    public static WebApplication Build(
        ListenerOptions options, long bodyBytes, HostState state, JsonLinesLogger logger, TimeProvider time, MinDataRate? slowest = null, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = bodyBytes;
            kestrel.Limits.MinRequestBodyDataRate = slowest;
            kestrel.Listen(new IPEndPoint(options.ParseAddress(), options.Port), listen => listen.Protocols = HttpProtocols.Http1);
        });
        builder.Logging.AddProvider(logger)
            .AddFilter("Microsoft", LogLevel.Warning)
            // What anybody can send must not fill the log: HTTP/2 that is none ends its connection, with a stack trace.
            .AddFilter("Microsoft.AspNetCore.Server.Kestrel", LogLevel.Error)
            // A start that fails is the caller's to report.
            .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None)
            // Enabled, it would make an activity and a scope for every request.
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.Grace);
        builder.Services.AddHostedService(services => new GracefulStop(state, options.Grace, time, services.GetRequiredService<ILogger<GracefulStop>>()));
        configure?.Invoke(builder);
        return builder.Build();
    }

    /// <summary>What every request passes before its endpoint.</summary>
    /// <param name="isAudited">Whether requests may change what is audited; predictions do without what that costs.</param>
    public static void Use(
        WebApplication app, ListenerOptions options, long bodyBytes, HostState state, ServerMetrics metrics, RequestIds ids, AccessGate gate, TimeProvider time, bool isAudited = false)
    {
        var spans = new RequestSpans(options.Telemetry?.Requests);
        app.Use(next => new RequestTelemetry(next, state, bodyBytes, ids, metrics, spans, app.Services.GetRequiredService<ILogger<RequestTelemetry>>(), time).InvokeAsync);
        app.Use(next => context =>
        {
            var key = gate.Check(context);
            if (isAudited)
                AuditOrigin.Current = AuditOrigin.Of("http", context.Connection.RemoteIpAddress?.ToString(), key);
            return next(context);
        });
        app.UseRouting();
    }

    /// <summary>Where it listens, with the ports that it got, in the order in which they were asked for.</summary>
    public static IEnumerable<Uri> AddressesOf(WebApplication app) => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address));
}
