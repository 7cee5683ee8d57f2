namespace Plumbline.Client;

/// <summary>A request that failed. <see cref="Exception.Message"/> says what was wrong and what to do.</summary>
public sealed class PlumblineException : Exception
{
    internal PlumblineException(string code, string detail, Exception? inner = null)
        : base(detail, inner) => Code = code;

    /// <summary>
    /// The end of the problem's <c>type</c>, such as <c>invalid-request</c> or <c>rate-limited</c>; or, where no server said it, <c>unreachable</c>, <c>client-timeout</c>, <c>circuit-open</c>,
    /// <c>stream-broken</c> or <c>unknown-answer</c>.
    /// </summary>
    public string Code { get; }

    /// <summary>HTTP status; null where there was no answer.</summary>
    public int? Status { get; init; }

    /// <summary>Name of the request in the server's logs.</summary>
    public string? RequestId { get; init; }

    public string? TraceId { get; init; }

    /// <summary>By JSON path, what is wrong in the request; empty where it is nothing in it.</summary>
    public IReadOnlyDictionary<string, string[]> Errors { get; init; } = new Dictionary<string, string[]>();

    /// <summary>When to come again, where the server said so.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
