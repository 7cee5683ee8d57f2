namespace Plumbline.Text;

/// <summary>
/// The tokens of one text, with the buffers that hold them; reused from text to text. Not thread-safe.
/// </summary>
internal sealed class TokenBuffer
{
    /// <summary>Readable bytes past the text, so that vector loads need no tail case.</summary>
    public const int Slack = 64;

    /// <summary>Lower-cased text as UTF-8, then at least <see cref="Slack"/> bytes.</summary>
    public byte[] Lower = new byte[1024 + Slack];

    /// <summary><see cref="CharacterClass"/> of each byte of <see cref="Lower"/>.</summary>
    public byte[] Classes = new byte[1024 + Slack];

    /// <summary>
    /// Where a list is put here, it receives for each byte of <see cref="Lower"/> the bytes, first and end, of the text before it was rewritten that it stands
    /// for; it stays empty where nothing is rewritten.
    /// </summary>
    public List<(int Start, int End)>? Origins;

    /// <summary>Bytes used in <see cref="Lower"/>.</summary>
    public int Length;

    public int[] Starts = new int[256];
    public int[] Ends = new int[256];
    public ulong[] Hashes = new ulong[256];

    /// <summary>Tokens used in <see cref="Starts"/>, <see cref="Ends"/> and <see cref="Hashes"/>.</summary>
    public int Count;

    public ReadOnlySpan<byte> Token(int index) => Lower.AsSpan(Starts[index], Ends[index] - Starts[index]);

    public void EnsureBytes(int length)
    {
        if (Lower.Length >= length + Slack)
            return;
        var size = Math.Max(length + Slack, 2 * Lower.Length);
        Array.Resize(ref Lower, size);
        Array.Resize(ref Classes, size);
    }

    public void EnsureTokens(int count)
    {
        if (Starts.Length >= count)
            return;
        var size = Math.Max(count, 2 * Starts.Length);
        Array.Resize(ref Starts, size);
        Array.Resize(ref Ends, size);
        Array.Resize(ref Hashes, size);
    }
}
