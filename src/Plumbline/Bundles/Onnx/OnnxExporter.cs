using System.Text.Json.Nodes;
using Google.Protobuf;
using Plumbline.Bundles.Onnx.Proto;
using Plumbline.Features;
using Plumbline.Learning.Models;
using DataType = Plumbline.Bundles.Onnx.Proto.TensorProto.Types.DataType;

namespace Plumbline.Bundles.Onnx;

/// <summary>Writes a bundle as one graph of ONNX, from texts to labels and probabilities; docs/specs/onnx.md.</summary>
public static class OnnxExporter
{
    public const string Label = "label";
    public const string Probabilities = "probabilities";

    /// <summary>Least version of ONNX's operators: the first that splits strings.</summary>
    private const int Operators = 20;

    private const int IrVersion = 9;

    /// <summary>A message of Protocol Buffers, and so a file of ONNX, is shorter than 2 GiB; the rest is for what <see cref="Bytes"/> overlooks.</summary>
    private const long MostBytes = 2_000_000_000;

    /// <summary>Tables of characters, and all else that does not grow with the model.</summary>
    private const long OtherBytes = 1 << 20;

    /// <summary>The bundle as the bytes of an ONNX file; the same bundle gives the same bytes.</summary>
    /// <exception cref="BundleException">The graph would not answer as the bundle does; the message says why, and what to change.</exception>
    public static byte[] Export(Bundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        var manifest = bundle.Manifest;
        if (Refusal(manifest) is { } reason)
            throw new BundleException($"{bundle.Directory} cannot be exported to ONNX: {reason}");
        var names = bundle.NgramNames() ?? new string[manifest.Contract.NgramFeatures];
        if (names.Count(string.IsNullOrEmpty) is > 0 and var unnamed)
            throw new BundleException($"{bundle.Directory} cannot be exported to ONNX: it does not know the text of {unnamed} of its {names.Length} n-grams, by which a graph finds them. Train it again.");
        var graph = new OnnxGraph("plumbline");
        var table = Scorers.Table(manifest.Model, manifest.Contract, bundle.Memory);
        var features = new FeatureGraph(graph, manifest.Contract, names, table);
        var scores = ScoreGraph.Add(graph, features, manifest.Model, manifest.Contract, manifest.Labels.Count, bundle.Memory);
        var probabilities = ProbabilityGraph.Add(graph, scores, manifest.Calibration);
        var factors = graph.Constant([.. manifest.Decision.Offsets.Select(MathF.Exp)]);
        var chosen = graph.Add("ArgMax", [graph.Add("Mul", [probabilities, factors])], OnnxAttribute.Of("axis", 1), OnnxAttribute.Of("keepdims", 0));
        graph.Output(Label, graph.Add("Gather", [graph.Constant(manifest.Labels), chosen]), DataType.String, ["N"], "the label chosen");
        graph.Output(Probabilities, probabilities, DataType.Float, ["N", $"{manifest.Labels.Count}"], "calibrated, one a label");
        return Model(bundle, graph.Proto).ToByteArray();
    }

    private static ModelProto Model(Bundle bundle, GraphProto graph)
    {
        var manifest = bundle.Manifest;
        var model = new ModelProto { IrVersion = IrVersion, ProducerName = "plumbline", ProducerVersion = CodeVersion.Current, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = Operators });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = OnnxGraph.MachineLearning, Version = 3 });
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = OnnxGraph.Microsoft, Version = 1 });
        var numeric = manifest.Contract.Numeric.Where(feature => feature.Source != NumericFeatureSource.Text).Select(feature => feature.Name);
        foreach (var (key, value) in new[]
        {
            ("plumbline.bundle", bundle.Digest), ("plumbline.family", manifest.Model.Family), ("plumbline.snapshot", manifest.Training.Snapshot), ("plumbline.labels", Json(manifest.Labels)),
            ("plumbline.inputs", Json(numeric)), ("plumbline.categories", Json(manifest.Contract.Categorical.Select(feature => feature.Name))),
        })
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        return model;
    }

    /// <summary>Why a graph cannot answer as the bundle does, and what to change; null where it can.</summary>
    internal static string? Refusal(BundleManifest manifest)
    {
        var options = manifest.Contract.Options;
        if (options.HashBits is { } bits)
            return $"its n-grams are hashed to {bits} bits, and no operator of ONNX computes that hash. Train without features.hash_bits (--hash-bits).";
        if (!options.Tokens.IsOnnxExpressible)
            return $"its tokeniser rewrites texts ({string.Join(", ", TokenOptionNames(options))}), which no operator of ONNX does. Train without features.tokens (--token-options).";
        if (options.Numeric.Keywords.Any(string.IsNullOrEmpty))
            return "one of its keywords is empty. Train with features.numeric.keywords that have a letter each.";
        if (Kinds(manifest.Model).FirstOrDefault(kind => !ScoreGraph.Kinds.Contains(kind)) is { } unknown)
            return $"its model is of kind '{unknown}', for which there is no graph; there is for {string.Join(", ", ScoreGraph.Kinds)}. Train another family (--families).";
        var bytes = Bytes(manifest);
        return bytes < MostBytes ? null
            : $"the file would have about {bytes} bytes, and one of ONNX has less than 2 GiB. Train with fewer n-grams: features.max_features is {options.MaxFeatures}.";
    }

    private static IEnumerable<string> Kinds(ModelShape shape) => (shape.Members ?? []).SelectMany(member => Kinds(member.Model)).Prepend(shape.Kind);

    private static IEnumerable<string> TokenOptionNames(FeatureOptions options)
    {
        var tokens = options.Tokens;
        return new[]
        {
            (tokens.Urls, "urls"), (tokens.Numbers, "numbers"), (tokens.RepeatedLetters, "repeated_letters"), (tokens.Contractions, "contractions"), (tokens.NegationScope, "negation_scope"),
        }.Where(option => option.Item1).Select(option => option.Item2);
    }

    /// <summary>About the length of the file: the bundle's sections but for the slots, and for each n-gram its place in a few lists.</summary>
    private static long Bytes(BundleManifest manifest) => OtherBytes + (manifest.Contract.NgramFeatures * 32L)
        + manifest.Sections.Where(section => section.Name != ModelSections.Slots).Sum(section => section.Bytes);

    private static string Json(IEnumerable<string> values) => new JsonArray([.. values.Select(value => JsonValue.Create(value))]).ToJsonString();
}
