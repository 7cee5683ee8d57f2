namespace Plumbline.Server.Generations;

/// <summary>A generation's part in a traffic plan. Thread-safe.</summary>
/// <param name="share">Of units, or for a shadow of requests.</param>
internal sealed class ServedArm(Generation generation, double share, VersionRecorder recorder)
{
    /// <summary>2⁶⁴ ÷ golden ratio: multiples of it are spread as evenly as can be (Knuth 1973, §6.4).</summary>
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private ulong _drawn;

    public Generation Generation => generation;

    public double Share => share;

    public VersionRecorder Recorder => recorder;

    /// <summary>True for a share of the calls, as evenly as can be.</summary>
    public bool Draw() => (Interlocked.Increment(ref _drawn) * Golden >> 11) < share * (1UL << 53);
}
