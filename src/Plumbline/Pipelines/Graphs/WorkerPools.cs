namespace Plumbline.Pipelines.Graphs;

/// <summary>What workers have, in slots, and tasks take.</summary>
public static class WorkerPools
{
    /// <summary>Cores: a task of n slots uses n threads.</summary>
    public const string Cpu = "cpu";

    /// <summary>Tasks that take much of a machine's memory.</summary>
    public const string Memory = "memory";

    public const string Gpu = "gpu";

    /// <summary>What a process has where nobody says otherwise: its cores, and one task of much memory at a time.</summary>
    public static IReadOnlyDictionary<string, int> Default => new Dictionary<string, int>(StringComparer.Ordinal) { [Cpu] = Environment.ProcessorCount, [Memory] = 1 };
}
