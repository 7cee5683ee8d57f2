using Microsoft.Extensions.Primitives;

namespace Plumbline.Server.Telemetry;

/// <summary>The header <c>traceparent</c> (W3C Trace Context, 2021, §3.2), as far as a request that is not recorded needs it.</summary>
internal readonly record struct TraceParent(UInt128 TraceId, bool IsSampled)
{
    private const int Length = 55;

    /// <summary>Allocates nothing.</summary>
    public static bool TryParse(StringValues sent, out TraceParent parent)
    {
        parent = default;
        if (sent is not [{ Length: >= Length } text])
            return false;
        var header = text.AsSpan();
        var version = header[..2];
        var span = header[36..52];
        var flags = header[53..Length];
        // Versions to come may say more, behind what this one says.
        if (header.Length > Length && (version is "00" || header[Length] != '-'))
            return false;
        if (version is "ff" || !IsHex(version) || !IsHex(span) || !span.ContainsAnyExcept('0') || !IsHex(flags) || header[2] != '-' || header[35] != '-' || header[52] != '-')
            return false;
        if (!Telemetry.TraceId.TryParse(header[3..35], out var trace))
            return false;
        parent = new TraceParent(trace, flags[1] is '1' or '3' or '5' or '7' or '9' or 'b' or 'd' or 'f');
        return true;
    }

    private static bool IsHex(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(Telemetry.TraceId.Hex);
}
