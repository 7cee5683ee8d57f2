using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Plumbline.Telemetry;

/// <summary>Which traces are recorded. Immutable and thread-safe; allocates nothing.</summary>
/// <param name="Ratio">Of what no sampled or unsampled parent decides: 0 none, 1 all.</param>
/// <param name="FollowsParent">Whether what a caller decided holds.</param>
public sealed record TraceSampling(double Ratio, bool FollowsParent)
{
    /// <summary>Of the trace with this id, the same wherever and whenever it is asked; ids need not be random in any of their bits.</summary>
    public bool Takes(UInt128 traceId) =>
        Ratio >= 1 || (Ratio > 0 && XxHash3.HashToUInt64(MemoryMarshal.AsBytes(new ReadOnlySpan<UInt128>(in traceId))) < Ratio * (1UL << 32) * (1UL << 32));

    /// <param name="parent">Whether the caller's trace is recorded; null where there is no caller's trace.</param>
    public bool Takes(UInt128 traceId, bool? parent) => FollowsParent && parent is { } decided ? decided : Takes(traceId);
}
