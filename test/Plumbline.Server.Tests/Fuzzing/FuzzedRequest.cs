namespace Plumbline.Server.Tests.Fuzzing;

/// <summary>Bytes that a client sends, and how it goes on then.</summary>
/// <param name="Number">Which with the seed makes the same again.</param>
/// <param name="Kind">What was done to it.</param>
/// <param name="IsHead">Whether answers have no body.</param>
internal sealed record FuzzedRequest(long Number, string Kind, byte[] Bytes, FuzzedEnd End, bool IsHead = false)
{
    private const int MostShown = 600;

    /// <summary>As it can be read and sent again; what is long is cut.</summary>
    public override string ToString()
    {
        var shown = string.Concat(Bytes.Take(MostShown).Select(b => b is >= 0x20 and < 0x7F and not (byte)'\\' ? $"{(char)b}" : $"\\x{b:x2}"));
        return $"number {Number}, {Kind}, {End}, {Bytes.Length} bytes: {shown}{(Bytes.Length > MostShown ? "…" : "")}";
    }
}

internal enum FuzzedEnd
{
    /// <summary>Waits for one answer, and sends more on the connection.</summary>
    KeepAlive,

    /// <summary>Waits for one answer, and resets the connection.</summary>
    Answer,

    /// <summary>Sends no more, and reads until the server closes.</summary>
    HalfClose,

    /// <summary>Resets the connection.</summary>
    Cut,
}
