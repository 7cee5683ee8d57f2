using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Plumbline.Server.Telemetry;

/// <summary>
/// W3C trace id of a request: the valid <c>traceparent</c>'s; else the request id where that is 32 hex digits, as those made here are; else 16 bytes of the request id's SHA-256. So every request has one,
/// whether its trace is recorded or not. Allocates nothing.
/// </summary>
internal static class TraceId
{
    private const int HexDigits = 32;
    public static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");

    public static UInt128 Of(HttpContext context)
    {
        if (TraceParent.TryParse(context.Request.Headers.TraceParent, out var parent))
            return parent.TraceId;
        var requestId = context.Response.Headers[RequestId.Header].ToString();
        if (TryParse(requestId, out var id))
            return id;
        Span<byte> name = stackalloc byte[RequestId.Longest], digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(name[..Encoding.ASCII.GetBytes(requestId, name)], digest);
        return BinaryPrimitives.ReadUInt128BigEndian(digest);
    }

    public static string ToHex(UInt128 id) => id.ToString("x32", CultureInfo.InvariantCulture);

    /// <param name="hex">32 lower-case digits, not all zero.</param>
    public static bool TryParse(ReadOnlySpan<char> hex, out UInt128 id)
    {
        Span<byte> bytes = stackalloc byte[HexDigits / 2];
        if (hex.Length != HexDigits || hex.ContainsAnyExcept(Hex) || Convert.FromHexString(hex, bytes, out _, out _) != OperationStatus.Done)
            bytes.Clear();
        id = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        return id != 0;
    }

    /// <summary>Gives what is logged until this is disposed the trace of a request that has no span; null where it has one.</summary>
    public static Activity? Enter(HttpContext context) => Activity.Current is null
        ? new Activity("request").SetParentId(ActivityTraceId.CreateFromString(ToHex(Of(context))), ActivitySpanId.CreateRandom()).Start()
        : null;
}
