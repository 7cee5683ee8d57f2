using System.Diagnostics.Tracing;

namespace Plumbline.Server.Telemetry;

/// <summary>Reports the first failure to send that OpenTelemetry's exporter tells of: nobody else hears of it.</summary>
internal sealed class ExportFaults : EventListener
{
    private const string Exporter = "OpenTelemetry-Exporter-OpenTelemetryProtocol";

    private Action<string>? _report;

    public ExportFaults(Action<string> report)
    {
        Volatile.Write(ref _report, report);
        foreach (var source in EventSource.GetSources())
            OnEventSourceCreated(source);
    }

    /// <summary>Called by the base class, too, before there is anybody to report to.</summary>
    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Exporter && Volatile.Read(ref _report) is not null)
            EnableEvents(eventSource, EventLevel.Warning);
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        if (Interlocked.Exchange(ref _report, null) is not { } report)
            return;
        // The endpoint, then the failure with its stack trace.
        var told = (eventData.Payload ?? []).Select(value => $"{value}".Split('\n', 2)[0].TrimEnd('\r'));
        report(string.Join(": ", told.Where(part => part.Length > 0)));
    }
}
