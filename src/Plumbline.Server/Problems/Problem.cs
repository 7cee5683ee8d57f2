using Plumbline.Storage;

namespace Plumbline.Server.Problems;

/// <summary>An error as RFC 9457 shows it; the kinds are listed in <c>docs/specs/http.md</c>.</summary>
/// <param name="Kind">End of the problem's <c>type</c>, and its name in metrics.</param>
/// <param name="Path">JSON path of what is wrong in the body, if it is in the body.</param>
/// <param name="RetryAfter">When to come again.</param>
internal sealed record Problem(int Status, string Kind, string Title, string Detail, string? Path = null, string? Fault = null, TimeSpan? RetryAfter = null)
{
    public const string MetadataUnavailable = "The store is full, locked or cannot be reached; the server's log has the reason. Try again later. Whether a change is stored that was answered so, only a read tells.";
    public const string MetadataDamaged = "The store is damaged or of another version; the server's log has the reason. Its operator can tell more with plumbline store check.";

    /// <summary>Nothing is wrong with such a request, nor with the version that was to answer it.</summary>
    public const string OverloadedKind = "overloaded";

    private const string SafeToRepeat = "Some of them may be applied; sending the same again is safe.";

    public static Problem InvalidJson(string fault)
    {
        fault = WithoutText(fault);
        return new(StatusCodes.Status400BadRequest, "invalid-json", "The body is not valid JSON.", fault, "$", fault);
    }

    public static Problem InvalidRequest(string path, string fault) =>
        new(StatusCodes.Status400BadRequest, "invalid-request", "The request does not follow the interface.", $"{path} {fault}.", path, fault);

    public static Problem BadHttp(int status, string detail) =>
        new(status, "bad-http", "The request is not valid HTTP.", detail);

    public static Problem Unauthorized(string detail) =>
        new(StatusCodes.Status401Unauthorized, "unauthorized", "An API key is needed.", detail);

    public static Problem NotFound(string path) =>
        new(StatusCodes.Status404NotFound, "not-found", "There is nothing here.", $"No resource has the path {Shorten(path)}; /openapi/v1.json lists them.");

    /// <summary>A model or version that this server does not serve.</summary>
    public static Problem NotServed(string detail) =>
        new(StatusCodes.Status404NotFound, "not-found", "This is not served here.", detail);

    public static Problem MethodNotAllowed(string method, string allowed) =>
        new(StatusCodes.Status405MethodNotAllowed, "method-not-allowed", "The method is not allowed here.", $"{Shorten(method)} is not allowed here; use {allowed}.");

    public static Problem BodyTooLarge(long limit) =>
        new(StatusCodes.Status413PayloadTooLarge, "body-too-large", "The body is too large.", $"A body may have {limit} bytes; send several requests.");

    public static Problem UnsupportedMediaType(string fault) =>
        new(StatusCodes.Status415UnsupportedMediaType, "unsupported-media-type", "The body's media type is not supported.", $"{fault} Send Content-Type: application/json in UTF-8.");

    public static Problem Misdirected(string host) => new(
        StatusCodes.Status421MisdirectedRequest, "misdirected", "This server has no such name.",
        $"Without a key requests from this machine are answered by the name localhost or by its address, not by {Shorten(host)}. Behind a proxy on this machine set server.trust_loopback: false.");

    public static Problem RateLimited(string detail, TimeSpan retryAfter) =>
        new(StatusCodes.Status429TooManyRequests, "rate-limited", "Too many requests.", detail, RetryAfter: retryAfter);

    public static Problem Internal() =>
        new(StatusCodes.Status500InternalServerError, "internal", "The server failed.", "The log has the reason under this trace id.");

    public static Problem NotReady() =>
        new(StatusCodes.Status503ServiceUnavailable, "not-ready", "The server is not ready.", "The model is still being loaded.", RetryAfter: TimeSpan.FromSeconds(1));

    /// <param name="retryAfter">Until what waits now is done.</param>
    public static Problem Overloaded(TimeSpan retryAfter) =>
        new(StatusCodes.Status503ServiceUnavailable, OverloadedKind, "Too much is asked for at once.", "It would not be done in time, and was not begun. Sending the same again later is safe.",
            RetryAfter: retryAfter > TimeSpan.FromSeconds(1) ? retryAfter : TimeSpan.FromSeconds(1));

    public static Problem InvalidHeader(string header, string fault) =>
        new(StatusCodes.Status400BadRequest, "invalid-request", "The request does not follow the interface.", $"The header {header} {fault}.");

    public static Problem Stopping() =>
        new(StatusCodes.Status503ServiceUnavailable, "not-ready", "The server is not ready.", "The server is stopping. Send what has no answer yet again.", RetryAfter: TimeSpan.FromSeconds(1));

    public static Problem NoFeatureStore(string detail) =>
        new(StatusCodes.Status404NotFound, "no-feature-store", "There is no feature store.", detail);

    public static Problem StoreUnavailable() =>
        new(StatusCodes.Status503ServiceUnavailable, "store-unavailable", "The feature store takes no events now.", $"The log has the reason. {SafeToRepeat}", RetryAfter: TimeSpan.FromSeconds(1));

    public static Problem StoreDamaged() =>
        new(StatusCodes.Status500InternalServerError, "store-damaged", "The feature store holds what was not written.", "The log says what, and what to do. Other events may have been applied.");

    public static Problem CountsFull() =>
        new(StatusCodes.Status409Conflict, "counts-full", "An event does not fit.", "The counts of an entity cannot take another event. The other events were applied; sending the same again does not help.");

    public static Problem Timeout(TimeSpan limit) =>
        new(StatusCodes.Status504GatewayTimeout, "timeout", "The request took too long.", $"It was not done within {limit.TotalSeconds} s; send fewer texts at a time.");

    public static Problem EventsTimeout(TimeSpan limit) =>
        new(StatusCodes.Status504GatewayTimeout, "timeout", "The request took too long.", $"The feature store did not confirm the events within {limit.TotalSeconds} s. {SafeToRepeat}");

    public static Problem NoBatchJobs() =>
        new(StatusCodes.Status404NotFound, "no-batch-jobs", "No batch jobs are taken here.", "The server was started without a state folder to keep them in.");

    public static Problem PathRefused(string detail) =>
        new(StatusCodes.Status403Forbidden, "path-refused", "The path may not be used.", detail);

    public static Problem BatchInput(string detail) =>
        new(StatusCodes.Status400BadRequest, "batch-input", "The job cannot be taken.", detail);

    public static Problem NoFeedback() =>
        new(StatusCodes.Status404NotFound, "no-feedback", "No feedback is taken here.", "The server was started without a state folder to keep it in, or server.prediction_log.enabled is false.");

    public static Problem FeedbackUnavailable() =>
        new(StatusCodes.Status503ServiceUnavailable, "feedback-unavailable", "No feedback is taken now.", "The metadata store does not take it. Sending the same again is safe where each has an id or a time.", RetryAfter: TimeSpan.FromSeconds(1));

    public static Problem FeedbackTimeout(TimeSpan limit) =>
        new(StatusCodes.Status504GatewayTimeout, "timeout", "The request took too long.", $"The metadata store did not confirm it within {limit.TotalSeconds} s. Sending the same again is safe where each has an id or a time.");

    public static Problem NoDeployment() =>
        new(StatusCodes.Status404NotFound, "no-deployment", "Traffic cannot be changed here.", "The server was started for one version or bundle alone, and follows no traffic plan; start it with serve --model NAME.");

    public static Problem NoPipelines() =>
        new(StatusCodes.Status404NotFound, "no-pipelines", "There are no pipelines here.", "The server was started without a project; start it where a plumbline.yaml is, with serve --model NAME or up.");

    public static Problem RevisionMissing() => new(
        StatusCodes.Status428PreconditionRequired, "revision-missing", "Say which plan is to be replaced.",
        "Send If-Match with the revision that you saw, as GET /v1/traffic has it in ETag, such as If-Match: \"7\", or If-Match: * for whatever it is.");

    public static Problem RevisionChanged(string detail) =>
        new(StatusCodes.Status412PreconditionFailed, "revision-changed", "It was changed meanwhile.", detail);

    public static Problem ControlTimeout(TimeSpan limit) =>
        new(StatusCodes.Status504GatewayTimeout, "timeout", "The request took too long.", $"The metadata store did not confirm it within {limit.TotalSeconds} s; look whether it was done before you send it again.");

    public static Problem NoFlags() =>
        new(StatusCodes.Status404NotFound, "no-flags", "Flags cannot be changed here.", "The server was started without a metadata store to keep them in.");

    public static Problem NoAlerts() =>
        new(StatusCodes.Status404NotFound, "no-alerts", "There are no alerts here.", "The server was started without a metadata store to keep them in, or server.alerts.enabled is false.");

    public static Problem FlagsTimeout(TimeSpan limit) =>
        new(StatusCodes.Status504GatewayTimeout, "timeout", "The request took too long.", $"The metadata store did not confirm it within {limit.TotalSeconds} s. Sending the same again is safe.");

    /// <summary>What the metadata store refuses.</summary>
    public static Problem OfStore(MetadataException exception) => exception.Error switch
    {
        MetadataError.NotFound => new(StatusCodes.Status404NotFound, "not-found", "There is nothing of this name.", exception.Message),
        MetadataError.Invalid => new(StatusCodes.Status400BadRequest, "invalid-request", "The request does not follow the interface.", exception.Message),
        MetadataError.Conflict => new(StatusCodes.Status409Conflict, "conflict", "The state forbids it.", exception.Message),
        MetadataError.Unavailable => new(StatusCodes.Status503ServiceUnavailable, "metadata-unavailable", "The metadata store takes no requests now.", MetadataUnavailable, RetryAfter: TimeSpan.FromSeconds(1)),
        _ => new(StatusCodes.Status500InternalServerError, "metadata-damaged", "The metadata store cannot be used.", MetadataDamaged),
    };

    /// <summary>The reader of JSON quotes all that follows where it expects a literal: texts, too, which are no matter of errors and logs.</summary>
    private static string WithoutText(string fault)
    {
        const string Literal = "' is an invalid JSON literal.";
        var end = fault.LastIndexOf(Literal, StringComparison.Ordinal);
        return end < 0 ? fault : $"There is an invalid JSON literal.{fault.AsSpan(end + Literal.Length)}";
    }

    /// <summary>What a client sent, short enough to be quoted.</summary>
    public static string Shorten(string value) => value.Length <= 40 ? value : $"{value.AsSpan(0, 40)}…";
}
