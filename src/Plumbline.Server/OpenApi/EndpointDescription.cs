using Microsoft.AspNetCore.Http.Metadata;
using Plumbline.Server.Predictions;

namespace Plumbline.Server.OpenApi;

/// <summary>A body and an answer to it, as JSON, for readers of the OpenAPI document.</summary>
internal sealed record EndpointExample(string Request, string Answer);

/// <summary>Tells the OpenAPI document what a raw request delegate takes and gives.</summary>
internal static class EndpointDescription
{
    private const string Json = "application/json";
    private static readonly int[] RefusalsOfBodies = [400, 401, 413, 415, 429, 503, 504];

    public static IEndpointConventionBuilder Describe<TAnswer>(
        this IEndpointConventionBuilder endpoint, string summary, RequestDelegate handler, string mediaType = Json) =>
        endpoint.WithSummary(summary).WithMetadata(
            // The API explorer lists only endpoints that name a method.
            handler.Method,
            new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(TAnswer), [mediaType]));

    public static IEndpointConventionBuilder DescribePrediction<TBody, TAnswer>(
        this IEndpointConventionBuilder endpoint, string summary, RequestDelegate handler, EndpointExample example) =>
        endpoint.Describe<TAnswer>(summary, handler).WithMetadata(
            [
                // Without media types, so that routing leaves the refusal of others, and its words, to the endpoint.
                new AcceptsMetadata([], typeof(TBody)),
                example,
                .. RefusalsOfBodies.Select(status => new ProducesResponseTypeMetadata(status, typeof(ProblemBody), ["application/problem+json"])),
            ]);
}
