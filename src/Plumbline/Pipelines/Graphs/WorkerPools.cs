namespace Plumbline.Pipelines.Graphs;

/// <summary>What workers have, in slots, and tasks take.</summary>
public static class WorkerPools
{
    /// <summary>Cores: a task of n slots uses n threads.</summary>
    public const string Cpu = "cpu";

    /// <summary>Tasks that take much of a machine's memory.</summary>
    public const string Memory = "memory";

    public const string Gpu = "gpu";

    /// <summary>Tasks that wait for something else and cost next to nothing.</summary>
    public const string Wait = "wait";

    private const int WaitSlots = 16;

    /// <summary>What a process has where nobody says otherwise: its cores, one task of much memory at a time, and 16 that wait.</summary>
    public static IReadOnlyDictionary<string, int> Default => new Dictionary<string, int>(StringComparer.Ordinal) { [Cpu] = Environment.ProcessorCount, [Memory] = 1, [Wait] = WaitSlots };
}
