using System.Text.Json.Nodes;
using Plumbline.Bundles.Onnx;

namespace Plumbline.Bundles.Mlflow;

/// <summary>A bundle's contract as a signature of MLflow: tensors of any number of rows, as the graph of ONNX takes and gives them.</summary>
internal static class MlflowSignature
{
    /// <summary>Texts alone have no name, so that MLflow's clients take a plain array of them; with other inputs each has its name.</summary>
    public static string Inputs(BundleManifest manifest)
    {
        var numeric = manifest.Contract.Options.Numeric.BesideText;
        var categorical = manifest.Contract.Categorical.Count;
        if (numeric + categorical == 0)
            return new JsonArray(Tensor(null, "str", -1)).ToJsonString();
        var inputs = new JsonArray(Tensor(FeatureGraph.Text, "str", -1));
        if (numeric > 0)
            inputs.Add(Tensor(FeatureGraph.Inputs, "float32", -1, numeric));
        if (categorical > 0)
            inputs.Add(Tensor(FeatureGraph.Categories, "str", -1, categorical));
        return inputs.ToJsonString();
    }

    public static string Outputs(BundleManifest manifest) =>
        new JsonArray(Tensor(OnnxExporter.Label, "str", -1), Tensor(OnnxExporter.Probabilities, "float32", -1, manifest.Labels.Count)).ToJsonString();

    private static JsonObject Tensor(string? name, string type, params ReadOnlySpan<int> shape)
    {
        var dimensions = new JsonArray();
        foreach (var length in shape)
            dimensions.Add(length);
        var tensor = new JsonObject { ["type"] = "tensor", ["tensor-spec"] = new JsonObject { ["dtype"] = type, ["shape"] = dimensions } };
        if (name is not null)
            tensor.Insert(0, "name", name);
        return tensor;
    }
}
