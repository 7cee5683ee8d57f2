namespace Plumbline.Server.Telemetry;

/// <summary>Every line that the server writes; event ids are stable.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(1, LogLevel.Information, "Listening on {Url}")]
    public static partial void Listening(ILogger log, string url);

    [LoggerMessage(2, LogLevel.Information, "Serving {Version}, bundle {Digest}")]
    public static partial void Serving(ILogger log, string version, string digest);

    [LoggerMessage(3, LogLevel.Information, "Stopping with {InFlight} requests in flight")]
    public static partial void Stopping(ILogger log, int inFlight);

    [LoggerMessage(4, LogLevel.Warning, "Feature store: {Fault}")]
    public static partial void StoreFailed(ILogger log, string fault);

    [LoggerMessage(5, LogLevel.Warning, "What is served from now on cannot be recorded in {Folder}, so predictions will not lead back to it: {Fault}")]
    public static partial void NotRecorded(ILogger log, string folder, string fault);

    [LoggerMessage(10, LogLevel.Information, "{Method} {Route} was refused with {Status} after {DurationMs} ms, request {RequestId}")]
    public static partial void RequestRefused(ILogger log, string method, string route, int status, double durationMs, string requestId);

    [LoggerMessage(11, LogLevel.Warning, "{Method} {Route} was slow: {Status} after {DurationMs} ms, request {RequestId}")]
    public static partial void RequestSlow(ILogger log, string method, string route, int status, double durationMs, string requestId);

    [LoggerMessage(12, LogLevel.Error, "{Method} {Route} failed with {Status} after {DurationMs} ms, request {RequestId}")]
    public static partial void RequestFailed(ILogger log, Exception? exception, string method, string route, int status, double durationMs, string requestId);

    [LoggerMessage(13, LogLevel.Error, "{Method} {Route} failed with {Status}, request {RequestId}: {Fault}")]
    public static partial void MetadataFailed(ILogger log, string fault, string method, string route, int status, string requestId);
}
