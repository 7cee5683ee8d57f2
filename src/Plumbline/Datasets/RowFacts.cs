using System.Runtime.CompilerServices;
using Plumbline.Datasets.Preparation;
using Plumbline.Text;

namespace Plumbline.Datasets;

/// <summary>SHA-256 of a text.</summary>
[InlineArray(4)]
internal struct TextDigest
{
    private ulong _first;

    /// <summary>Enough of it to tell texts apart.</summary>
    public readonly UInt128 Key => new(this[1], this[0]);
}

/// <summary>
/// What an ingest remembers of every record that it took, in source order, while its text is in the spool: about 80 bytes. Not thread-safe.
/// </summary>
internal sealed class RowFacts : IDisposable
{
    /// <summary>Of each of these lists.</summary>
    public static int MostValues => Array.MaxLength;

    public NativeList<TextDigest> Texts { get; } = new();

    /// <summary>UTF-8 bytes of the text.</summary>
    public NativeList<int> Bytes { get; } = new();

    /// <summary>Unicode scalar values of the text.</summary>
    public NativeList<int> Characters { get; } = new();

    public NativeList<int> Labels { get; } = new();

    /// <summary>Number of the user; −1 for none. Empty where the source has no users.</summary>
    public NativeList<int> Users { get; } = new();

    public NativeList<int> Items { get; } = new();

    /// <summary>Microseconds; <see cref="long.MinValue"/> for none. Empty where the source has no times.</summary>
    public NativeList<long> Times { get; } = new();

    /// <summary>When the label became known; <see cref="long.MinValue"/> for never. Empty where that is with the record.</summary>
    public NativeList<long> LabelTimes { get; } = new();

    /// <summary>Numeric inputs, record by record; NaN where missing.</summary>
    public NativeList<double> Numbers { get; } = new();

    /// <summary>Numbers of the values of categorical inputs, record by record; −1 where missing.</summary>
    public NativeList<int> Categories { get; } = new();

    /// <summary>File and row in it: <see cref="Origin"/>.</summary>
    public NativeList<long> Origins { get; } = new();

    /// <summary>As the source says, where it does, until they are assigned.</summary>
    public NativeList<Split> Splits { get; } = new();

    public NativeList<RowFate> Fates { get; } = new();

    /// <summary>How often the record stands in its split; empty where that is once for all.</summary>
    public NativeList<int> Copies { get; } = new();

    public int Count => Labels.Count;

    /// <param name="records">To be added.</param>
    /// <param name="inputs">Numeric inputs of a record, or categorical ones, if there are more of them.</param>
    public bool HasRoomFor(int records, int inputs) => Math.Max(1L, inputs) * ((long)Count + records) <= MostValues;

    public static long Origin(int file, long row) => ((long)file << 40) | row;

    public (int File, long Row) OriginOf(int record) => ((int)(Origins[record] >> 40), Origins[record] & ((1L << 40) - 1));

    public void Dispose()
    {
        Texts.Dispose();
        Bytes.Dispose();
        Characters.Dispose();
        Labels.Dispose();
        Users.Dispose();
        Items.Dispose();
        Times.Dispose();
        LabelTimes.Dispose();
        Numbers.Dispose();
        Categories.Dispose();
        Origins.Dispose();
        Splits.Dispose();
        Fates.Dispose();
        Copies.Dispose();
    }
}
