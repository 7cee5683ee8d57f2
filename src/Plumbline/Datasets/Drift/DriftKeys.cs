using Plumbline.Datasets.Preparation;

namespace Plumbline.Datasets.Drift;

/// <summary>
/// Draws that depend on seed, kind and what is drawn for alone: neither threads nor the order of records nor other kinds of drift enter.
/// </summary>
internal static class DriftKeys
{
    public static ulong Of(DriftInjectionKind kind, ulong seed, ulong what) => SplitKey.Of(SplitKey.Of(what, seed), (ulong)kind + 1);

    /// <returns>In [0, 1).</returns>
    public static double Uniform(ulong key) => (key >> 11) * (1.0 / (1UL << 53));

    public static double Uniform(DriftInjectionKind kind, ulong seed, ulong what) => Uniform(Of(kind, seed, what));
}
