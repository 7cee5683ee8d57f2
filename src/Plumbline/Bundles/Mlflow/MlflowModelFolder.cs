using Plumbline.Storage;
using Plumbline.Storage.Artifacts;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Plumbline.Bundles.Mlflow;

/// <summary>A model that a client of MLflow wrote.</summary>
public static class MlflowModelFolder
{
    private const string Flavour = "onnx";

    /// <summary>The file of its graph.</summary>
    /// <exception cref="BundleException">It has none.</exception>
    public static string FindGraph(string folder)
    {
        var file = Path.Combine(folder, MlflowModel.ModelFile);
        if (!File.Exists(file))
            throw new BundleException($"{folder} is no model of MLflow: it has no {MlflowModel.ModelFile}. Log it again with mlflow.onnx.log_model.");
        var flavours = Flavours(file);
        if (flavours.FirstOrDefault(flavour => flavour.Key is YamlScalarNode { Value: Flavour }).Value is not YamlMappingNode onnx)
        {
            throw new BundleException(
                $"{file} has no flavour {Flavour}, which alone can be served here; it has {string.Join(", ", flavours.Keys.Select(key => key.ToString()).Order(StringComparer.Ordinal))}. Convert the model to ONNX and log it with mlflow.onnx.log_model.");
        }
        var data = onnx.Children.TryGetValue(new YamlScalarNode("data"), out var node) && node is YamlScalarNode { Value: { Length: > 0 } value } ? value : MlflowModel.GraphFile;
        try
        {
            var graph = Path.Combine([folder, .. ArtifactPath.Split(data)]);
            return File.Exists(graph) ? graph : throw new BundleException($"{file} names the graph {data}, which is not there. Log the model again.");
        }
        catch (MetadataException exception)
        {
            throw new BundleException($"{file}: {exception.Message}", exception);
        }
    }

    private static IDictionary<YamlNode, YamlNode> Flavours(string file)
    {
        try
        {
            using var reader = new StreamReader(file);
            var yaml = new YamlStream();
            yaml.Load(reader);
            return yaml.Documents is [{ RootNode: YamlMappingNode root }, ..] && root.Children.TryGetValue(new YamlScalarNode("flavors"), out var node) && node is YamlMappingNode flavours
                ? flavours.Children
                : throw new BundleException($"{file} names no flavours of the model. Log it again with mlflow.onnx.log_model.");
        }
        catch (YamlException exception)
        {
            throw new BundleException($"{file} is not YAML: {exception.Message}", exception);
        }
    }
}
