using System.Text.Json;
using Plumbline.Server.Problems;
using Plumbline.Storage;

namespace Plumbline.Server.Mlflow;

/// <summary>Errors as MLflow's clients know them: <c>{"error_code", "message"}</c>. The kind of a problem is its code in lower case with hyphens.</summary>
internal static class MlflowProblem
{
    private const string InvalidParameterKind = "invalid-parameter-value";
    private const string ExistsKind = "resource-already-exists";
    private const string MissingKind = "resource-does-not-exist";
    private const string UnsupportedKind = "not-implemented";
    private const string UnavailableKind = "temporarily-unavailable";
    private const string InternalKind = "internal-error";

    public static Problem InvalidParameter(string detail) => new(StatusCodes.Status400BadRequest, InvalidParameterKind, "A parameter is wrong.", detail);

    public static Problem NotImplemented(string detail) => new(StatusCodes.Status501NotImplemented, UnsupportedKind, "This is not supported.", detail);

    /// <param name="conflictMeansExists">Whether what stands in the way is a thing of the same name.</param>
    public static Problem Of(MetadataException exception, bool conflictMeansExists = false) => exception.Error switch
    {
        MetadataError.NotFound => new(StatusCodes.Status404NotFound, MissingKind, "There is nothing of this name.", exception.Message),
        MetadataError.Conflict when conflictMeansExists => new(StatusCodes.Status400BadRequest, ExistsKind, "The name is taken.", exception.Message),
        MetadataError.Conflict or MetadataError.Invalid => InvalidParameter(exception.Message),
        MetadataError.Unavailable => new(StatusCodes.Status503ServiceUnavailable, UnavailableKind, "The store takes no requests now.", Problem.MetadataUnavailable, RetryAfter: TimeSpan.FromSeconds(1)),
        _ => new(StatusCodes.Status500InternalServerError, InternalKind, "The store cannot be used.", Problem.MetadataDamaged),
    };

    public static void Write(Utf8JsonWriter json, Problem problem)
    {
        json.WriteStartObject();
        json.WriteString("error_code", CodeOf(problem));
        json.WriteString("message", problem.Detail);
        json.WriteEndObject();
    }

    private static string CodeOf(Problem problem) => problem.Kind switch
    {
        InvalidParameterKind or ExistsKind or MissingKind or UnsupportedKind or UnavailableKind or InternalKind => problem.Kind.ToUpperInvariant().Replace('-', '_'),
        "invalid-json" or "invalid-request" or "body-too-large" => "INVALID_PARAMETER_VALUE",
        _ => problem.Status switch
        {
            StatusCodes.Status401Unauthorized => "UNAUTHENTICATED",
            StatusCodes.Status403Forbidden => "PERMISSION_DENIED",
            StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed => "ENDPOINT_NOT_FOUND",
            StatusCodes.Status409Conflict => "RESOURCE_CONFLICT",
            StatusCodes.Status429TooManyRequests => "REQUEST_LIMIT_EXCEEDED",
            StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout => "TEMPORARILY_UNAVAILABLE",
            >= StatusCodes.Status500InternalServerError => "INTERNAL_ERROR",
            _ => "BAD_REQUEST",
        },
    };
}
