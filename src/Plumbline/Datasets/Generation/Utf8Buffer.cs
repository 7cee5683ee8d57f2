namespace Plumbline.Datasets.Generation;

/// <summary>A text under construction, as UTF-8.</summary>
internal sealed class Utf8Buffer(int capacity)
{
    private readonly byte[] _bytes = new byte[capacity];

    public int Length { get; set; }

    public Span<byte> Written => _bytes.AsSpan(0, Length);

    public Span<byte> Free => _bytes.AsSpan(Length);

    public void Append(ReadOnlySpan<byte> text)
    {
        text.CopyTo(_bytes.AsSpan(Length));
        Length += text.Length;
    }

    public void Append(byte character) => _bytes[Length++] = character;

    public void Append(long number)
    {
        number.TryFormat(Free, out var written, default, System.Globalization.CultureInfo.InvariantCulture);
        Length += written;
    }

    /// <summary>Repeats the byte at <paramref name="position"/> so that <paramref name="more"/> copies are added.</summary>
    public void Stretch(int position, int more)
    {
        _bytes.AsSpan(position, Length - position).CopyTo(_bytes.AsSpan(position + more));
        _bytes.AsSpan(position, more).Fill(_bytes[position]);
        Length += more;
    }

    public void RemoveAt(int position)
    {
        _bytes.AsSpan(position + 1, Length - position - 1).CopyTo(_bytes.AsSpan(position));
        Length--;
    }
}
