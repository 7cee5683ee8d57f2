using System.Buffers.Text;

namespace Plumbline.Bench.Load;

/// <summary>Finds the end of an HTTP/1.1 response: by Content-Length or by chunks (RFC 9112, 6 and 7.1).</summary>
internal static class HttpResponse
{
    /// <returns>Bytes of the first response in <paramref name="received"/>; 0 while it is incomplete.</returns>
    /// <exception cref="InvalidDataException">It is no HTTP/1.1 response, or has neither a length nor chunks.</exception>
    public static int Measure(ReadOnlySpan<byte> received, out int status)
    {
        status = 0;
        var headEnd = received.IndexOf("\r\n\r\n"u8);
        if (headEnd < 0)
            return 0;
        var head = received[..headEnd];
        if (!head.StartsWith("HTTP/1.1 "u8) || !Utf8Parser.TryParse(head[9..], out status, out _))
            throw new InvalidDataException("The server did not answer in HTTP/1.1.");
        var body = headEnd + 4;
        if (Header(head, "content-length"u8) is { IsEmpty: false } length && Utf8Parser.TryParse(length, out int bytes, out _))
            return received.Length >= body + bytes ? body + bytes : 0;
        if (Header(head, "transfer-encoding"u8).SequenceEqual("chunked"u8))
            return MeasureChunks(received, body);
        throw new InvalidDataException("The response has neither Content-Length nor chunks.");
    }

    private static int MeasureChunks(ReadOnlySpan<byte> received, int at)
    {
        while (true)
        {
            var line = received[at..].IndexOf("\r\n"u8);
            if (line < 0)
                return 0;
            if (!Utf8Parser.TryParse(received.Slice(at, line), out int size, out _, 'X'))
                throw new InvalidDataException("A chunk of the response has no size.");
            at += line + 2 + size + 2;
            if (at > received.Length)
                return 0;
            if (size == 0)
                return at;
        }
    }

    private static ReadOnlySpan<byte> Header(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        for (var next = head.IndexOf("\r\n"u8); next >= 0; next = head.IndexOf("\r\n"u8))
        {
            head = head[(next + 2)..];
            if (head.Length > name.Length && head[name.Length] == ':' && System.Text.Ascii.EqualsIgnoreCase(head[..name.Length], name))
            {
                var value = head[(name.Length + 1)..];
                var end = value.IndexOf("\r\n"u8);
                return (end < 0 ? value : value[..end]).Trim((byte)' ');
            }
        }
        return default;
    }
}
