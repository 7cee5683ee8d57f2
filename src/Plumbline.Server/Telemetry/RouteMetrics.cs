using Plumbline.Server.Alerts;
using Prometheus;

namespace Plumbline.Server.Telemetry;

/// <summary>Durations of one route by status class; metadata of its endpoint. Thread-safe.</summary>
internal sealed class RouteMetrics(Histogram durations, string route, string method, ServiceRecorder services)
{
    private static readonly string[] Classes = ["1xx", "2xx", "3xx", "4xx", "5xx"];
    private readonly Histogram.Child?[] _byClass = new Histogram.Child?[Classes.Length];
    private readonly ServiceRecorder? _services = ServiceRecorder.IsPrediction(route, method) ? services : null;

    public string Route => route;

    public void Observe(int status, TimeSpan duration)
    {
        var index = Math.Clamp((status / 100) - 1, 0, Classes.Length - 1);
        (_byClass[index] ??= durations.WithLabels(route, method, Classes[index])).Observe(duration.TotalSeconds);
        _services?.Observe(status, duration.TotalSeconds);
    }
}
