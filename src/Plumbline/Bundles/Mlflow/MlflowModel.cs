using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Bundles.Onnx;

namespace Plumbline.Bundles.Mlflow;

/// <summary>Writes the files that MLflow's flavour <c>onnx</c> has for a model (docs/specs/mlflow.md).</summary>
internal static class MlflowModel
{
    public const string ModelFile = "MLmodel";
    public const string GraphFile = "model.onnx";
    public const string ExampleFile = "input_example.json";

    private const string RequirementsFile = "requirements.txt";
    private const string CondaFile = "conda.yaml";
    private const string EnvironmentFile = "python_env.yaml";
    private const string Python = "3.11.7";
    private const int Examples = 3;

    // The first that know operator set 20.
    private static readonly string[] Requirements = ["mlflow>=2.9", "numpy", "onnx>=1.15", "onnxruntime>=1.17"];

    public static void Write(Bundle bundle, byte[] graph, string folder)
    {
        File.WriteAllBytes(Path.Combine(folder, GraphFile), graph);
        Text(ExampleFile, Example(bundle.Manifest).ToJsonString() + "\n");
        Text(RequirementsFile, string.Join('\n', Requirements) + "\n");
        Text(CondaFile, $"""
            channels:
            - conda-forge
            dependencies:
            - python={Python}
            - pip
            - pip:
            {string.Join('\n', Requirements.Select(requirement => "  - " + requirement))}
            name: mlflow-env

            """);
        Text(EnvironmentFile, $"""
            python: {Python}
            build_dependencies:
            - pip
            - setuptools
            - wheel
            dependencies:
            - -r {RequirementsFile}

            """);
        Text(ModelFile, Describe(bundle, graph.Length));

        void Text(string name, string text) => File.WriteAllText(Path.Combine(folder, name), text.ReplaceLineEndings("\n"), new UTF8Encoding(false));
    }

    private static string Describe(Bundle bundle, long bytes) => string.Create(CultureInfo.InvariantCulture, $"""
        flavors:
          onnx:
            code: null
            data: {GraphFile}
            onnx_version: 1.15.0
            providers:
            - CPUExecutionProvider
          python_function:
            data: {GraphFile}
            env:
              conda: {CondaFile}
              virtualenv: {EnvironmentFile}
            loader_module: mlflow.onnx
            python_version: {Python}
        metadata:
          plumbline.bundle: {bundle.Digest}
          plumbline.labels: {Quote(new JsonArray([.. bundle.Manifest.Labels.Select(label => JsonValue.Create(label))]).ToJsonString())}
          plumbline.snapshot: {bundle.Manifest.Training.Snapshot}
        mlflow_version: 3.6.0
        model_size_bytes: {bytes}
        model_uuid: {bundle.Digest[..32]}
        saved_input_example_info:
          artifact_path: {ExampleFile}
          format: tf-serving
          type: ndarray
        signature:
          inputs: {Quote(MlflowSignature.Inputs(bundle.Manifest))}
          outputs: {Quote(MlflowSignature.Outputs(bundle.Manifest))}
          params: null
        utc_time_created: '{Created(bundle):yyyy-MM-dd HH:mm:ss.ffffff}'

        """);

    /// <summary>Made-up texts, as the bundle's self-check has them.</summary>
    private static JsonObject Example(BundleManifest manifest)
    {
        GoldenExample[] examples = [.. manifest.Golden.Take(Examples)];
        var texts = new JsonArray([.. examples.Select(example => JsonValue.Create(example.Text))]);
        var (numeric, categorical) = (manifest.Contract.Options.Numeric.BesideText, manifest.Contract.Categorical.Count);
        if (numeric + categorical == 0)
            return new JsonObject { ["inputs"] = texts };
        var inputs = new JsonObject { [FeatureGraph.Text] = texts };
        if (numeric > 0)
            inputs[FeatureGraph.Inputs] = Rows(examples, example => Enumerable.Range(0, numeric).Select(i => JsonValue.Create(i < example.Inputs.Count && float.IsFinite(example.Inputs[i]) ? example.Inputs[i] : 0)));
        if (categorical > 0)
            inputs[FeatureGraph.Categories] = Rows(examples, example => Enumerable.Range(0, categorical).Select(i => JsonValue.Create(example.Categories?[i] ?? "")));
        return new JsonObject { ["inputs"] = inputs };
    }

    private static JsonArray Rows(GoldenExample[] examples, Func<GoldenExample, IEnumerable<JsonNode?>> row) => new([.. examples.Select(example => new JsonArray([.. row(example)]))]);

    private static DateTime Created(Bundle bundle)
    {
        var file = Path.Combine(bundle.Directory, BundleWriter.AboutFile);
        var about = File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllBytes(file), BundleJson.Default.BundleAbout) : null;
        return about?.Created.UtcDateTime ?? DateTime.UnixEpoch;
    }

    private static string Quote(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
