using System.IO.Compression;
using System.Text;
using Plumbline.Statistics;

namespace Plumbline.Server.Tests.Fuzzing;

/// <summary>Makes bodies that are wrong out of one that is not, byte by byte and token by token.</summary>
internal static class JsonMutator
{
    private const int MostChanges = 4;

    private static readonly byte[][] Tokens =
    [
        .. new[]
        {
            "null", "true", "{}", "[]", "\"\"", "-0", "1e999", "-1e999", "1e-400", "99999999999999999999999999", "9223372036854775808", "-1", "0.1", "NaN", "Infinity", "01", "\"\\ud800\"", "\"\\udc00\\ud800\"",
            "\"\\u0000\"", "\\", "\"", ",", ":", "{\"a\":", "[", "]", "}", "/* why */", "\"1\"", "\"9999-99-99\"", "\"0001-01-01T00:00:00Z\"", "\u2028", "\ufeff", "\"😀\"", "\r\n\r\n", "%00", "${jndi:x}", "../../etc/passwd",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF, 0xFE], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82], [0x80], [0],
    ];

    public static byte[] Mutate(byte[] valid, RandomSource random)
    {
        var body = new List<byte>(valid);
        for (var change = random.NextInt32(MostChanges); change >= 0; change--)
            Change(body, random);
        return [.. body];
    }

    /// <summary>The body compressed, and at times wrongly so.</summary>
    public static byte[] Compress(byte[] body, RandomSource random)
    {
        using var compressed = new MemoryStream();
        using (Stream stream = random.NextInt32(2) == 0 ? new GZipStream(compressed, CompressionLevel.Fastest) : new ZLibStream(compressed, CompressionLevel.Fastest))
            stream.Write(body);
        var bytes = compressed.ToArray();
        return random.NextInt32(3) == 0 ? bytes[..random.NextInt32(bytes.Length + 1)] : bytes;
    }

    private static void Change(List<byte> body, RandomSource random)
    {
        var at = random.NextInt32(body.Count + 1);
        var length = Math.Min(random.NextInt32(16), body.Count - at);
        switch (random.NextInt32(9))
        {
            case 0 when at < body.Count:
                body[at] ^= (byte)(1 << random.NextInt32(8));
                break;
            case 1:
                body.Insert(at, (byte)random.NextInt32(256));
                break;
            case 2:
                body.RemoveRange(at, length);
                break;
            case 3:
                body.InsertRange(at, body.GetRange(at, length));
                break;
            case 4:
                body.RemoveRange(at, body.Count - at);
                break;
            case 5:
                Nest(body, at, random);
                break;
            case 6:
                body.InsertRange(at, Enumerable.Repeat((byte)"ax1 "[random.NextInt32(4)], random.NextInt32(100) == 0 ? 100_000 : random.NextInt32(300)));
                break;
            default:
                ReplaceValue(body, at, Tokens[random.NextInt32(Tokens.Length)]);
                break;
        }
    }

    private static void Nest(List<byte> body, int at, RandomSource random)
    {
        var depth = random.NextInt32(20) == 0 ? 20_000 : random.NextInt32(40);
        var open = random.NextInt32(2) == 0 ? "["u8.ToArray() : "{\"a\":"u8.ToArray();
        body.InsertRange(at, Enumerable.Repeat(open, depth).SelectMany(bytes => bytes));
    }

    /// <summary>The value, or name, that follows.</summary>
    private static void ReplaceValue(List<byte> body, int at, byte[] token)
    {
        var from = body.FindIndex(at, b => b is (byte)'"' or (byte)'[' or (byte)'{' or (>= (byte)'0' and <= (byte)'9'));
        if (from < 0)
        {
            body.InsertRange(at, token);
            return;
        }
        var until = body.FindIndex(from + 1, b => body[from] == '"' ? b == '"' : b is (byte)',' or (byte)']' or (byte)'}');
        body.RemoveRange(from, until < 0 ? body.Count - from : until - from + (body[from] == '"' ? 1 : 0));
        body.InsertRange(from, token);
    }
}
