using System.Text.Json;
using Microsoft.ML.OnnxRuntime;

namespace Plumbline.Server.Tests.Mlflow;

/// <summary>A version that was registered here is a model to MLflow's clients.</summary>
public sealed class BundleModelTests
{
    [Fact]
    public async Task Download_BundlesVersion_IsAnOnnxModelOfMlflow()
    {
        await using var tracker = await RunningTracker.StartAsync();
        var version = await tracker.RegisterBundleAsync("reviews");
        var stored = await tracker.OkAsync("GET", "model-versions/get?name=reviews&version=1");
        var address = stored.GetProperty("model_version").GetProperty("source").GetString()!;
        address.ShouldBe($"mlflow-artifacts:/bundles/{version.BundleDigest}/artifacts");
        (await tracker.OkAsync("GET", "model-versions/get-download-uri?name=reviews&version=1")).GetProperty("artifact_uri").GetString().ShouldBe(address);

        var path = address["mlflow-artifacts:/".Length..];
        var files = await tracker.OkAsync("GET", $"{RunningTracker.Artifacts}?path={Uri.EscapeDataString(path)}");
        files.GetProperty("files").EnumerateArray().Select(file => file.GetProperty("path").GetString())
            .ShouldBe(["MLmodel", "conda.yaml", "input_example.json", "model.onnx", "python_env.yaml", "requirements.txt"]);
        var described = (await tracker.GetAsync($"{RunningTracker.Artifacts}/{path}/MLmodel")).Body;
        described.ShouldContain("    loader_module: mlflow.onnx\n");
        described.ShouldContain("  onnx:\n    code: null\n    data: model.onnx\n");
        described.ShouldContain("""  inputs: '[{"name":"text","type":"tensor","tensor-spec":{"dtype":"str","shape":[-1]}},{"name":"inputs","type":"tensor","tensor-spec":{"dtype":"float32","shape":[-1,1]}}]'""");
        described.ShouldContain("""{"name":"probabilities","type":"tensor","tensor-spec":{"dtype":"float32","shape":[-1,5]}}""");

        var example = JsonDocument.Parse((await tracker.GetAsync($"{RunningTracker.Artifacts}/{path}/input_example.json")).Body).RootElement.GetProperty("inputs");
        var rows = example.GetProperty("text").GetArrayLength();
        example.GetProperty("inputs").GetArrayLength().ShouldBe(rows);
        using var session = new InferenceSession(await tracker.Client.GetByteArrayAsync($"{RunningTracker.Artifacts}/{path}/model.onnx", TestContext.Current.CancellationToken));
        session.OutputMetadata.Keys.ShouldBe(["label", "probabilities"]);
    }

    [Fact]
    public async Task Upload_IntoABundle_Refused()
    {
        await using var tracker = await RunningTracker.StartAsync();
        var version = await tracker.RegisterBundleAsync("reviews");
        var file = $"{RunningTracker.Artifacts}/bundles/{version.BundleDigest}/artifacts/MLmodel";
        (await tracker.SendAsync("PUT", file, "x")).ShouldBeError(400, "INVALID_PARAMETER_VALUE", "never changes");
        (await tracker.SendAsync("DELETE", file, null)).ShouldBeError(400, "INVALID_PARAMETER_VALUE", "never changes");
        (await tracker.GetAsync($"{RunningTracker.Artifacts}/bundles/{new string('0', 64)}/artifacts/MLmodel")).ShouldBeError(404, "RESOURCE_DOES_NOT_EXIST");
        (await tracker.GetAsync($"{RunningTracker.Artifacts}/bundles/..%2f..%2fetc/artifacts/passwd")).ShouldBeError(400, "INVALID_PARAMETER_VALUE");
    }
}
