using Plumbline.Server.Predictions;

namespace Plumbline.Server.Generations;

/// <summary>A version that this process loaded, held by the sets that serve it; freed when the last of them is. Thread-safe.</summary>
/// <param name="number">Of the loads of this process, from 0, modulo 1,024; no other that is loaded has it.</param>
/// <param name="version">Registered number; null for a bundle without one.</param>
/// <param name="path">Directory of the bundle, or file of a graph of ONNX.</param>
internal sealed class Generation(int number, long? version, string path, ServedModel model)
{
    private int _holders = 1;

    public int Number => number;

    public long? Version => version;

    public string Path => path;

    public ServedModel Model => model;

    /// <summary>Told once it is freed.</summary>
    public Action<Generation>? Freed { get; set; }

    public void Hold() => Interlocked.Increment(ref _holders);

    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) > 0)
            return;
        model.Dispose();
        Freed?.Invoke(this);
    }
}
