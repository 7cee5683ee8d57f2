using System.Net.Mime;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Plumbline.Server.Problems;
using Plumbline.Storage;
using Plumbline.Tracking;

namespace Plumbline.Server.Mlflow;

/// <summary><c>/mlflow/artifacts/list</c>, and the proxy <c>/mlflow-artifacts/artifacts</c>: files of runs and logged models, streamed.</summary>
internal sealed class ArtifactsApi(TrackingStore tracking, MlflowArtifacts artifacts)
{
    private const string Proxy = "/mlflow-artifacts/artifacts";
    private const int BufferSize = 256 * 1024;

    private static readonly HashSet<string> TextExtensions = new(
        ["", ".txt", ".log", ".cfg", ".conf", ".ini", ".properties", ".toml", ".yaml", ".yml", ".xml", ".json", ".js", ".py", ".csv", ".tsv", ".md", ".rst"], StringComparer.OrdinalIgnoreCase);

    public void Map(MlflowRoutes routes)
    {
        routes.Map("GET", "artifacts/list", ListOfRunAsync);
        routes.MapRaw("GET", Proxy, ListAsync);
        routes.MapRaw("GET", Proxy + "/{**path}", DownloadAsync);
        routes.MapRaw("PUT", Proxy + "/{**path}", UploadAsync);
        routes.MapRaw("DELETE", Proxy + "/{**path}", DeleteAsync);
        routes.MapRaw("POST", "/mlflow-artifacts/mpu/{**path}", _ => throw new ProblemException(MlflowProblem.NotImplemented(
            "Multipart upload is not supported for the current artifact repository; send the file in one PUT.")));
    }

    private async Task<WriteMembers> ListOfRunAsync(MlflowRequest request, HttpContext context)
    {
        var run = await tracking.GetRunAsync(request.RunId(), context.RequestAborted);
        return await MlflowArtifacts.ListAsync(artifacts.FolderOf(run), MlflowArtifacts.UriOf(run), request.Text("path") ?? "", context.RequestAborted);
    }

    private async Task ListAsync(HttpContext context)
    {
        var path = MlflowRequest.OfQuery(context.Request.Query).RequiredText("path");
        var (folder, parts) = await artifacts.FindAsync(path, context.RequestAborted);
        var entries = await folder.ListAsync(parts, context.RequestAborted);
        await MlflowRoutes.WriteAsync(context, json => MlflowArtifacts.Write(json, entries, entry => entry.Name));
    }

    private async Task DownloadAsync(HttpContext context)
    {
        var (folder, parts) = await artifacts.FindAsync(PathOf(context), context.RequestAborted);
        var file = await folder.OpenReadAsync(parts, context.RequestAborted);
        await using (file)
        {
            var name = parts[^1];
            var response = context.Response;
            response.ContentType = TextExtensions.Contains(Path.GetExtension(name)) ? MediaTypeNames.Text.Plain : MediaTypeNames.Application.Octet;
            response.ContentLength = file.Length;
            var disposition = new ContentDispositionHeaderValue("attachment");
            disposition.SetHttpFileName(name);
            response.Headers.ContentDisposition = disposition.ToString();
            // What somebody uploaded is never a page of this server.
            response.Headers.XContentTypeOptions = "nosniff";
            await file.CopyToAsync(response.Body, BufferSize, context.RequestAborted);
        }
    }

    private async Task UploadAsync(HttpContext context)
    {
        var (folder, parts) = await artifacts.FindAsync(PathOf(context), context.RequestAborted, toChange: true);
        context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = null;
        await folder.WriteAsync(parts, context.Request.Body, context.RequestAborted);
        await MlflowRoutes.WriteAsync(context, static _ => { });
    }

    private async Task DeleteAsync(HttpContext context)
    {
        var (folder, parts) = await artifacts.FindAsync(PathOf(context), context.RequestAborted, toChange: true);
        await folder.DeleteAsync(parts, context.RequestAborted);
        await MlflowRoutes.WriteAsync(context, static _ => { });
    }

    /// <summary>As it was sent: the server would take dot segments away, and they are to be refused.</summary>
    private static string PathOf(HttpContext context)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var begin = target.IndexOf(Proxy + "/", StringComparison.Ordinal);
        if (begin < 0)
            throw new MetadataException(MetadataError.Invalid, "The artifact path is refused: it leads out of where it begins.");
        var end = target.IndexOf('?', begin);
        begin += Proxy.Length + 1;
        return string.Join('/', target[begin..(end < 0 ? target.Length : end)].Split('/').Select(Decode));
    }

    /// <summary>A slash that was encoded stays so, for it is part of no name.</summary>
    private static string Decode(string part)
    {
        var decoded = Uri.UnescapeDataString(part);
        return decoded.Contains('/', StringComparison.Ordinal) ? part : decoded;
    }
}
