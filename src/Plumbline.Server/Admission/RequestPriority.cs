using Plumbline.Server.Problems;
using Plumbline.Server.Security;

namespace Plumbline.Server.Admission;

/// <summary>Who is answered first while requests wait, and who is refused last.</summary>
internal enum RequestPriority
{
    High,
    Normal,
    Low,
}

/// <summary>What a caller says of how urgent a request is: <c>docs/specs/admission.md</c>.</summary>
internal static class RequestPriorities
{
    public const string Header = "X-Plumbline-Priority";

    /// <summary>As they are sent, and as metrics name them.</summary>
    public static readonly string[] Names = ["high", "normal", "low"];

    /// <param name="hasKeys">Whether API keys are configured: who shows none is then of normal priority at most. A key that is shown has been checked.</param>
    /// <exception cref="ProblemException">The header holds something else.</exception>
    public static RequestPriority Of(HttpRequest request, bool hasKeys)
    {
        if (!request.Headers.TryGetValue(Header, out var sent))
            return RequestPriority.Normal;
        var priority = (RequestPriority)Array.IndexOf(Names, sent.ToString());
        if (priority < 0)
            throw new ProblemException(Problem.InvalidHeader(Header, $"must be high, normal or low, not {Problem.Shorten(sent.ToString())}"));
        return priority == RequestPriority.High && hasKeys && PresentedKey.Of(request.Headers) is null ? RequestPriority.Normal : priority;
    }
}
