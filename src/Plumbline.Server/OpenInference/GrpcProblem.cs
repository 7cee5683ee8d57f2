using System.Globalization;
using System.Text;
using Grpc.Core;
using Plumbline.Server.Problems;

namespace Plumbline.Server.OpenInference;

/// <summary>Problems as gRPC tells them.</summary>
internal static class GrpcProblem
{
    public static bool IsGrpc(HttpRequest request) => request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;

    public static StatusCode CodeOf(Problem problem) => problem.Status switch
    {
        StatusCodes.Status401Unauthorized => StatusCode.Unauthenticated,
        StatusCodes.Status404NotFound => StatusCode.NotFound,
        StatusCodes.Status409Conflict => StatusCode.Aborted,
        StatusCodes.Status413PayloadTooLarge or StatusCodes.Status429TooManyRequests => StatusCode.ResourceExhausted,
        StatusCodes.Status503ServiceUnavailable => StatusCode.Unavailable,
        StatusCodes.Status504GatewayTimeout => StatusCode.DeadlineExceeded,
        >= StatusCodes.Status500InternalServerError => StatusCode.Internal,
        _ => StatusCode.InvalidArgument,
    };

    /// <summary>Answers with a status alone, before any service was asked.</summary>
    public static void Write(HttpContext context, Problem problem)
    {
        context.Features.Set(new ReportedProblem(problem));
        var response = context.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/grpc";
        response.Headers["grpc-status"] = ((int)CodeOf(problem)).ToString(CultureInfo.InvariantCulture);
        response.Headers["grpc-message"] = Encode(problem.Detail);
    }

    /// <summary>Percent-encoding of gRPC's HTTP/2 mapping: of all bytes but visible ASCII and space, and of the percent sign.</summary>
    private static string Encode(string message)
    {
        var encoded = new StringBuilder(message.Length);
        foreach (var b in Encoding.UTF8.GetBytes(message))
        {
            if (b is >= (byte)' ' and <= (byte)'~' and not (byte)'%')
                encoded.Append((char)b);
            else
                encoded.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        }
        return encoded.ToString();
    }
}
