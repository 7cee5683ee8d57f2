using System.Diagnostics;
using Prometheus;

namespace Plumbline.Server.Telemetry;

/// <summary>Figures of the process under the names that Prometheus clients use; read when somebody collects them.</summary>
internal sealed class ProcessMetrics
{
    private readonly Gauge _resident;
    private readonly Counter _cpu;
    private readonly Gauge _threads;
    private readonly Gauge _heap;
    private readonly Counter.Child[] _collections;

    public ProcessMetrics(MetricFactory create)
    {
        _resident = create.CreateGauge("process_resident_memory_bytes", "Resident memory.");
        _cpu = create.CreateCounter("process_cpu_seconds_total", "CPU time, user and system.");
        _threads = create.CreateGauge("process_threads", "Threads of the operating system.");
        _heap = create.CreateGauge("dotnet_gc_heap_bytes", "Managed heap, as of the last collection.");
        var collections = create.CreateCounter("dotnet_gc_collections_total", "Collections by generation.", ["generation"]);
        _collections = [collections.WithLabels("0"), collections.WithLabels("1"), collections.WithLabels("2")];
        using var process = Process.GetCurrentProcess();
        create.CreateGauge("process_start_time_seconds", "Start of the process, Unix time.")
            .Set(new DateTimeOffset(process.StartTime.ToUniversalTime()).ToUnixTimeMilliseconds() / 1000.0);
    }

    public void Refresh()
    {
        using var process = Process.GetCurrentProcess();
        _resident.Set(process.WorkingSet64);
        _cpu.IncTo(process.TotalProcessorTime.TotalSeconds);
        _threads.Set(process.Threads.Count);
        _heap.Set(GC.GetGCMemoryInfo().HeapSizeBytes);
        for (var generation = 0; generation < _collections.Length; generation++)
            _collections[generation].IncTo(GC.CollectionCount(generation));
    }
}
