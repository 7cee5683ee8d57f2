namespace Plumbline.Datasets.Generation;

/// <summary>Names of users and items that look like a shop's: a letter and nine base-32 digits, another one for every number below 2^45.</summary>
internal static class Identifier
{
    public const int Length = 10;

    public const long MaxCount = 1L << (5 * (Length - 1));

    /// <summary>Writes <see cref="Length"/> bytes.</summary>
    public static void Write(Span<byte> target, byte prefix, long number)
    {
        var mixed = ((ulong)number * 0x9E3779B97F4A7C15UL) & (ulong)(MaxCount - 1);
        target[0] = prefix;
        for (var i = Length - 1; i > 0; i--)
        {
            target[i] = "0123456789ABCDEFGHJKLMNPQRSTUVWX"u8[(int)(mixed & 31)];
            mixed >>= 5;
        }
    }

    public static string Format(byte prefix, long number)
    {
        Span<byte> bytes = stackalloc byte[Length];
        Write(bytes, prefix, number);
        return System.Text.Encoding.ASCII.GetString(bytes);
    }
}
