namespace Plumbline.Features;

/// <summary>Entries of the rows of one block while it grows; reused from block to block, so that each block's arrays are filled once, at their size.</summary>
internal sealed class EntryList
{
    private int[] _indices = new int[1 << 16];
    private float[] _values = new float[1 << 16];

    public int Count { get; private set; }

    public void Clear() => Count = 0;

    /// <summary>Appends a row's features and how often each occurs, then <paramref name="reserved"/> entries to be filled in later.</summary>
    public void Add(ReadOnlySpan<int> indices, ReadOnlySpan<int> counts, int reserved)
    {
        var end = checked(Count + indices.Length + reserved);
        if (end > _indices.Length)
        {
            var size = (int)Math.Min(Array.MaxLength, Math.Max(end, 2L * _indices.Length));
            Array.Resize(ref _indices, size);
            Array.Resize(ref _values, size);
        }
        indices.CopyTo(_indices.AsSpan(Count));
        for (var i = 0; i < counts.Length; i++)
            _values[Count + i] = counts[i];
        Count = end;
    }

    public void CopyTo(int[] indices, float[] values)
    {
        _indices.AsSpan(0, Count).CopyTo(indices);
        _values.AsSpan(0, Count).CopyTo(values);
    }
}
