using Microsoft.Extensions.Primitives;

namespace Plumbline.Server.Telemetry;

/// <summary>The name of a request: the client's <c>X-Request-ID</c>, or one made here.</summary>
internal static class RequestId
{
    public const string Header = "X-Request-ID";
    public const int Longest = 128;

    public static string Of(HttpRequest request, RequestIds ids) =>
        request.Headers.TryGetValue(Header, out var sent) && IsValid(sent) ? sent.ToString() : ids.Next().ToString("N");

    /// <summary>Whether a header holds one name of visible ASCII characters, not too long.</summary>
    public static bool IsValid(StringValues sent) =>
        sent is [{ Length: > 0 and <= Longest } id] && !id.AsSpan().ContainsAnyExceptInRange('!', '~');
}
