using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

namespace Plumbline.Server.Telemetry;

/// <summary>
/// W3C trace id of a request, worked out only where a log line or an error needs it: the valid <c>traceparent</c>'s; else the request id where
/// that is 32 hex digits, as those made here are; else 16 bytes of the request id's SHA-256.
/// </summary>
internal static class TraceId
{
    private const int HexDigits = 32;
    private static readonly SearchValues<char> Hex = SearchValues.Create("0123456789abcdef");

    public static string Of(HttpContext context)
    {
        if (context.Request.Headers.TraceParent is [{ } sent] && ActivityContext.TryParse(sent, null, out var parent))
            return parent.TraceId.ToHexString();
        var requestId = context.Response.Headers[RequestId.Header].ToString();
        if (requestId.Length == HexDigits && !requestId.AsSpan().ContainsAnyExcept(Hex))
            return requestId;
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(requestId)).AsSpan(0, HexDigits / 2));
    }
}
