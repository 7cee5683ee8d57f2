using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Plumbline.Server.Tests.Fuzzing;

/// <summary>One response of HTTP/1.1 (RFC 9112) among bytes that were received.</summary>
internal readonly record struct RawAnswer(int Status, string Head, int Length)
{
    /// <summary>The first response; null while it is not whole.</summary>
    /// <param name="isHead">Whether it answers HEAD, and has no body.</param>
    /// <param name="isClosed">Whether no more will come.</param>
    /// <exception cref="InvalidDataException">It is no response.</exception>
    public static RawAnswer? First(ReadOnlySpan<byte> received, bool isHead, bool isClosed)
    {
        var end = received.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return null;
        var head = Encoding.Latin1.GetString(received[..end]);
        if (!head.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) || !int.TryParse(head.AsSpan(9, Math.Min(3, head.Length - 9)), NumberStyles.None, CultureInfo.InvariantCulture, out var status))
            throw new InvalidDataException($"no answer of HTTP/1.1 begins with {head[..Math.Min(80, head.Length)]}");
        var body = end + 4;
        if (isHead || status is < 200 or 204 or 304)
            return new RawAnswer(status, head, body);
        if (Value(head, "Content-Length") is { } length)
            return int.Parse(length, CultureInfo.InvariantCulture) is var bytes && received.Length - body >= bytes ? new RawAnswer(status, head, body + bytes) : null;
        if (Value(head, "Transfer-Encoding") == "chunked")
            return Chunks(received, body) is > 0 and var whole ? new RawAnswer(status, head, whole) : null;
        return isClosed ? new RawAnswer(status, head, received.Length) : null;
    }

    /// <summary>Of a header; null where there is none.</summary>
    public string? Value(string header) => Value(Head, header);

    private static string? Value(string head, string header) =>
        head.Split("\r\n").FirstOrDefault(line => line.StartsWith(header + ":", StringComparison.OrdinalIgnoreCase))?[(header.Length + 1)..].Trim();

    private static int Chunks(ReadOnlySpan<byte> received, int at)
    {
        while (true)
        {
            var line = received[at..].IndexOf("\r\n"u8);
            if (line < 0)
                return 0;
            if (!Utf8Parser.TryParse(received.Slice(at, line), out int size, out _, 'X'))
                throw new InvalidDataException("a chunk of the answer has no size");
            at += line + 2 + size + 2;
            if (at > received.Length)
                return 0;
            if (size == 0)
                return at;
        }
    }
}
