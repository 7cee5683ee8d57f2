using System.Diagnostics;
using Plumbline.Server.Alerts;

namespace Plumbline.Server.Telemetry;

/// <summary>Durations of one route by status class; metadata of its endpoint. Thread-safe.</summary>
internal sealed class RouteMetrics(ServerHistogram durations, string route, string method, ServiceRecorder services)
{
    private static readonly string[] Classes = ["1xx", "2xx", "3xx", "4xx", "5xx"];
    private readonly ServerHistogram.Series?[] _byClass = new ServerHistogram.Series?[Classes.Length];
    private readonly ServiceRecorder? _services = ServiceRecorder.IsPrediction(route, method) ? services : null;

    public string Route => route;

    /// <param name="span">Of the request; null where it is not recorded.</param>
    public void Observe(int status, TimeSpan duration, Activity? span)
    {
        var index = Math.Clamp((status / 100) - 1, 0, Classes.Length - 1);
        (_byClass[index] ??= durations.WithLabels(route, method, Classes[index])).Observe(duration.TotalSeconds, span is null ? null : RequestSpans.ExemplarOf(span));
        _services?.Observe(status, duration.TotalSeconds);
    }
}
