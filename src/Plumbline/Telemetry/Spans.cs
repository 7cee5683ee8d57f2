using System.Diagnostics;

namespace Plumbline.Telemetry;

/// <summary>Begins the spans that <c>docs/telemetry.md</c> lists. Where nobody listens there are none, and nothing is allocated. Thread-safe.</summary>
public static class Spans
{
    /// <summary>Name of the source of all spans of this program but those of its client.</summary>
    public const string Source = "Plumbline";

    private static readonly ActivitySource Activities = new(Source, CodeVersion.Current);

    /// <summary>W3C's <c>traceparent</c> of what runs now, to be kept with work that others are to do; null outside a recorded trace.</summary>
    public static string? TraceParent => Activity.Current is { Recorded: true } current ? current.Id : null;

    /// <summary>Inside what runs now; outside of any span, it begins a trace.</summary>
    public static Activity? Begin(string name) => Activities.StartActivity(name);

    /// <param name="parent">In another thread or process.</param>
    public static Activity? Begin(string name, ActivityContext parent, ActivityKind kind = ActivityKind.Internal) => Activities.StartActivity(name, kind, parent);

    /// <summary>Goes on with the trace of whoever asked for the work, where that is known.</summary>
    /// <param name="traceParent">As <see cref="TraceParent"/> gave it; null or another text begins a trace.</param>
    public static Activity? Continue(string name, string? traceParent) =>
        ActivityContext.TryParse(traceParent, null, isRemote: true, out var parent) ? Begin(name, parent) : Begin(name);

    /// <summary>Inside a span that is recorded; outside of one there is none, so that what happens for every request begins no traces.</summary>
    public static Activity? Inside(string name) => Activity.Current is { Recorded: true } ? Activities.StartActivity(name) : null;

    /// <summary>As <see cref="Inside(string)"/>, of what is over.</summary>
    /// <param name="attribute">Of the span, if it has one.</param>
    public static void Record(string name, DateTimeOffset began, DateTimeOffset ended, string? attribute = null, object? value = null)
    {
        if (Activity.Current is not { Recorded: true } current)
            return;
        using var span = Activities.StartActivity(name, ActivityKind.Internal, current.Context, startTime: began);
        if (attribute is not null)
            span?.SetTag(attribute, value);
        span?.SetEndTime(ended.UtcDateTime);
    }

    /// <summary>Does work within a span, which says whether it failed.</summary>
    public static T Run<T>(string name, Func<Activity?, T> work)
    {
        using var span = Begin(name);
        try
        {
            return work(span);
        }
        catch (Exception exception)
        {
            span.Fail(exception);
            throw;
        }
    }

    /// <inheritdoc cref="Run"/>
    public static async Task<T> RunAsync<T>(string name, Func<Activity?, Task<T>> work)
    {
        using var span = Begin(name);
        try
        {
            return await work(span).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            span.Fail(exception);
            throw;
        }
    }

    /// <summary>The kind of failure alone: messages may quote what nobody should read in a trace.</summary>
    public static void Fail(this Activity? span, Exception exception)
    {
        span?.SetTag("error.type", exception.GetType().FullName);
        span?.SetStatus(ActivityStatusCode.Error);
    }
}
