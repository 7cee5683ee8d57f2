namespace Plumbline.Text;

/// <summary>The n-gram hashes of one text, and its tokens; reused from text to text. Not thread-safe.</summary>
internal sealed class NgramBuffer
{
    public readonly TokenBuffer Tokens = new();

    /// <summary>Hashes in order: all word 1-grams, 2-grams, 3-grams, then character n-grams token by token.</summary>
    public ulong[] Hashes = new ulong[1024];

    public int Count;

    /// <summary>One token with a space at each end, and where its characters start: for character n-grams.</summary>
    public byte[] Padded = new byte[128];
    public int[] Offsets = new int[128];

    public void Ensure(int count)
    {
        if (Hashes.Length < count)
            Array.Resize(ref Hashes, Math.Max(count, 2 * Hashes.Length));
    }

    public void EnsurePadded(int bytes)
    {
        if (Padded.Length >= bytes)
            return;
        Padded = new byte[2 * bytes];
        Offsets = new int[2 * bytes];
    }
}
