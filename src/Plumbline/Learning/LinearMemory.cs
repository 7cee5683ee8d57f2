using System.Runtime.InteropServices;

namespace Plumbline.Learning;

/// <summary>Where the arrays of a linear classifier lie; see <see cref="LinearParameters"/>.</summary>
internal readonly unsafe struct LinearMemory(ulong* slots, int slotCount, float* table, float* numericWeights, float* categoryWeights, float* intercept)
{
    public ulong* Slots { get; } = slots;

    public int SlotCount { get; } = slotCount;

    public float* Table { get; } = table;

    public float* NumericWeights { get; } = numericWeights;

    /// <summary>Not read where the contract has no categories.</summary>
    public float* CategoryWeights { get; } = categoryWeights;

    public float* Intercept { get; } = intercept;

    /// <summary>The arrays of <paramref name="parameters"/>, which are pinned and must be kept alive.</summary>
    public static LinearMemory Of(LinearParameters parameters) => new(
        (ulong*)Marshal.UnsafeAddrOfPinnedArrayElement(parameters.Slots, 0),
        parameters.Slots.Length,
        (float*)Marshal.UnsafeAddrOfPinnedArrayElement(parameters.Table, 0),
        (float*)Marshal.UnsafeAddrOfPinnedArrayElement(parameters.NumericWeights, 0),
        (float*)Marshal.UnsafeAddrOfPinnedArrayElement(parameters.CategoryWeights, 0),
        (float*)Marshal.UnsafeAddrOfPinnedArrayElement(parameters.Intercept, 0));
}
