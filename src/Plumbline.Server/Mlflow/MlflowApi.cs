using Plumbline.Bundles.Mlflow;
using Plumbline.Registry;
using Plumbline.Server.Telemetry;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;
using Plumbline.Tracking;

namespace Plumbline.Server.Mlflow;

/// <summary>MLflow's REST API over the metadata store and the artifacts of the state folder.</summary>
internal static class MlflowApi
{
    // Clients compare it with their own to know what they may ask for.
    private const string Version = "3.6.0";

    public static void MapMlflow(this IEndpointRouteBuilder routes, TrackingServerOptions options, IMetadataStore store, SharedArtifacts shared, ServerMetrics metrics, TimeProvider time)
    {
        var tracking = new TrackingStore(store, time);
        var models = new LoggedModelStore(store, time);
        var registry = new ModelRegistry(store, shared.HasBundle, time);
        var mlflow = new MlflowRoutes(routes, metrics, options.Timeout, time);
        var artifacts = new MlflowArtifacts(options.Home, shared, tracking, models, new MlflowModelStore(options.Home, shared));
        new ExperimentsApi(tracking).Map(mlflow);
        new RunsApi(tracking).Map(mlflow);
        new RunLoggingApi(tracking).Map(mlflow);
        new LoggedModelsApi(models, artifacts).Map(mlflow);
        new ArtifactsApi(tracking, artifacts).Map(mlflow);
        new RegisteredModelsApi(registry).Map(mlflow);
        new ModelVersionsApi(registry, models).Map(mlflow);
        RequestDelegate health = context => context.Response.WriteAsync("OK");
        RequestDelegate version = context => context.Response.WriteAsync(Version);
        routes.MapGet("/health", health).WithMetadata(metrics.ForRoute("/health", HttpMethods.Get));
        routes.MapGet("/version", version).WithMetadata(metrics.ForRoute("/version", HttpMethods.Get));
    }
}
