using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Plumbline.Features;
using Plumbline.Learning;
using Plumbline.Learning.Families;
using Plumbline.Learning.Models;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Bundles;

/// <summary>What a bundle is; its bytes as written are what the bundle's digest is of. See docs/specs/bundle.md.</summary>
public sealed record BundleManifest
{
    public const int CurrentFormat = 2;

    /// <summary>Layout of the manifest and of sections; a reader refuses a higher one.</summary>
    public required int Format { get; init; }

    /// <summary>What a reader must know to answer correctly; an unknown name is refused.</summary>
    public required IReadOnlyList<string> Requires { get; init; }

    /// <summary>What a reader may ignore.</summary>
    public IReadOnlyList<string> Offers { get; init; } = [];

    public required IReadOnlyList<string> Labels { get; init; }

    public required FeatureContract Contract { get; init; }

    public required ModelShape Model { get; init; }

    public required Calibration Calibration { get; init; }

    public required DecisionRule Decision { get; init; }

    public required TrainingRecord Training { get; init; }

    /// <summary>By split and name, such as <c>test.macro_f1</c>.</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }

    /// <summary>Made-up texts and what this bundle answers, for the self-check on loading.</summary>
    public required IReadOnlyList<GoldenExample> Golden { get; init; }

    public required DriftBaseline Baseline { get; init; }

    public required IReadOnlyList<BundleSection> Sections { get; init; }

    /// <summary>A manifest of format 1, which knew linear models only, as one of the current format.</summary>
    internal static BundleManifest Upgrade(JsonObject first)
    {
        if (first["linear"] is not JsonObject linear)
            throw new JsonException("it has no 'linear'");
        first.Remove("linear");
        linear["kind"] = LinearScorer.Kind;
        first["model"] = linear;
        if (first["training"] is JsonObject training)
        {
            training["chosen"] = Upgrade(training["chosen"]);
            training["candidates"] = new JsonArray([.. (training["candidates"]?.AsArray() ?? []).Select(result => new JsonObject
            {
                ["candidate"] = Upgrade(result!["candidate"]), ["macro_f1"] = result["macro_f1"]?.DeepClone(), ["accuracy"] = result["accuracy"]?.DeepClone(),
                ["log_loss"] = result["log_loss"]?.DeepClone(), ["steps"] = result["epochs"]?.DeepClone(),
            })]);
        }
        return first.Deserialize(BundleJson.Default.BundleManifest)!;
    }

    private static JsonObject Upgrade(JsonNode? candidate) => candidate is JsonObject
        ? new JsonObject
        {
            ["family"] = candidate["family"]?.DeepClone(),
            ["parameters"] = new JsonObject
            {
                [LinearFit.C] = JsonNode.Parse(((ParameterValue)(candidate["c"]?.GetValue<double>() ?? 1)).ToString()),
                [LinearFit.NbWeighting] = candidate["nb_weighting"]?.DeepClone(),
                [LinearFit.ClassWeights] = candidate["class_weighting"]?.GetValue<string>().ToLowerInvariant(),
            },
        }
        : throw new JsonException("it has no candidate where one must be");
}

/// <summary>Where the bundle comes from. No dates: they are in <c>about.json</c>, outside the digest.</summary>
/// <param name="Snapshot">Digest of the snapshot.</param>
/// <param name="Rows">Rows of each split.</param>
/// <param name="Refitted">Whether the final fit saw train and valid.</param>
public sealed record TrainingRecord(
    string Snapshot, ulong Seed, string CodeVersion, bool Refitted, IReadOnlyDictionary<string, long> Rows, Candidate Chosen, IReadOnlyList<CandidateResult> Candidates);

/// <param name="Text">Words of the vocabulary in random order; no text of the data.</param>
/// <param name="Inputs">Values of numeric inputs.</param>
/// <param name="Probabilities">One a label; the check allows 1e-5.</param>
/// <param name="Categories">Values of categorical inputs, empty where missing; null without any.</param>
public sealed record GoldenExample(
    string Text, IReadOnlyList<float> Inputs, IReadOnlyList<float> Probabilities, IReadOnlyList<string>? Categories = null);

/// <summary>One file of the bundle.</summary>
/// <param name="Type"><c>u64</c>, <c>f32</c> (little-endian) or <c>utf8-lines</c>.</param>
/// <param name="Shape">Elements in each dimension, the last fastest.</param>
public sealed record BundleSection(string Name, string File, string Type, IReadOnlyList<long> Shape, long Bytes, string Sha256);

/// <summary>Beside the manifest, outside the digest: when, how long, where.</summary>
public sealed record BundleAbout(DateTimeOffset Created, double FitSeconds, string Machine, string? RunId);

[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(BundleManifest))]
[JsonSerializable(typeof(BundleAbout))]
internal sealed partial class BundleJson : JsonSerializerContext;
