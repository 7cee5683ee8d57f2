using System.Text.Json.Nodes;
using Microsoft.OpenApi;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.OpenApi;

/// <summary><c>GET /openapi/v1.json</c>; made on the first request for it.</summary>
internal static class OpenApiDocument
{
    public static void AddOpenApiDocument(this IServiceCollection services) =>
        services.AddOpenApi(options =>
        {
            options.AddDocumentTransformer((document, _, _) =>
            {
                document.Info = new OpenApiInfo { Title = "Plumbline", Version = "v1", Description = "Predictions of one text classifier." };
                return Task.CompletedTask;
            });
            options.AddOperationTransformer((operation, context, _) =>
            {
                var example = context.Description.ActionDescriptor.EndpointMetadata.OfType<EndpointExample>().FirstOrDefault();
                if (example is not null)
                {
                    foreach (var body in operation.RequestBody!.Content!.Values)
                        body.Example = JsonNode.Parse(example.Request);
                    foreach (var answer in operation.Responses!["200"].Content!.Values)
                        answer.Example = JsonNode.Parse(example.Answer);
                }
                return Task.CompletedTask;
            });
        });

    public static void MapOpenApiDocument(this IEndpointRouteBuilder routes, ServerMetrics metrics) =>
        routes.MapOpenApi().WithMetadata(metrics.ForRoute("/openapi/v1.json", HttpMethods.Get));
}
