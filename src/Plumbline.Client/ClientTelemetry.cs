using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Plumbline.Client;

/// <summary>Traces and metrics of all clients, under the name <c>Plumbline.Client</c>. Thread-safe.</summary>
internal static class ClientTelemetry
{
    public const string Name = "Plumbline.Client";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);
    private static readonly Histogram<double> Durations = Meter.CreateHistogram<double>("plumbline.client.request.duration", "s", "Requests with all their tries.");
    private static readonly Counter<long> Retries = Meter.CreateCounter<long>("plumbline.client.retries", "{try}", "Tries after the first.");
    private static readonly Counter<long> Openings = Meter.CreateCounter<long>("plumbline.client.circuit.openings", "{opening}", "Times that nothing was sent any more for a while.");

    public static void Retried() => Retries.Add(1);

    public static void Opened() => Openings.Add(1);

    /// <summary>Observes a request of an operation, such as <c>predict</c>.</summary>
    public static async Task<T> ObserveAsync<T>(string operation, int items, TimeProvider time, Func<Task<T>> ask)
    {
        using var activity = Source.StartActivity($"plumbline {operation}", ActivityKind.Client);
        activity?.SetTag("plumbline.items", items);
        var began = time.GetTimestamp();
        string? fault = null;
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            fault = exception is PlumblineException known ? known.Code : exception.GetType().FullName;
            activity?.SetTag("error.type", fault);
            activity?.SetStatus(ActivityStatusCode.Error, exception is PlumblineException ? exception.Message : null);
            throw;
        }
        finally
        {
            var tags = new TagList { { "operation", operation } };
            if (fault is not null)
                tags.Add("error.type", fault);
            Durations.Record(time.GetElapsedTime(began).TotalSeconds, tags);
        }
    }
}
