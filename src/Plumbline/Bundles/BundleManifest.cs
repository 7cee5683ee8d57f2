using System.Text.Json.Serialization;
using Plumbline.Features;
using Plumbline.Learning;

namespace Plumbline.Bundles;

/// <summary>What a bundle is; its bytes as written are what the bundle's digest is of. See docs/specs/bundle.md.</summary>
public sealed record BundleManifest
{
    public const int CurrentFormat = 1;

    /// <summary>Layout of the manifest and of sections; a reader refuses a higher one.</summary>
    public required int Format { get; init; }

    /// <summary>What a reader must know to answer correctly; an unknown name is refused.</summary>
    public required IReadOnlyList<string> Requires { get; init; }

    /// <summary>What a reader may ignore.</summary>
    public IReadOnlyList<string> Offers { get; init; } = [];

    public required IReadOnlyList<string> Labels { get; init; }

    public required FeatureContract Contract { get; init; }

    public required LinearShape Linear { get; init; }

    public required Calibration Calibration { get; init; }

    public required DecisionRule Decision { get; init; }

    public required TrainingRecord Training { get; init; }

    /// <summary>By split and name, such as <c>test.macro_f1</c>.</summary>
    public required IReadOnlyDictionary<string, double> Metrics { get; init; }

    /// <summary>Made-up texts and what this bundle answers, for the self-check on loading.</summary>
    public required IReadOnlyList<GoldenExample> Golden { get; init; }

    public required DriftBaseline Baseline { get; init; }

    public required IReadOnlyList<BundleSection> Sections { get; init; }
}

/// <summary>Shape of the linear classifier's sections.</summary>
/// <param name="Outputs">Scores a text: one a label, or 1 for two labels.</param>
/// <param name="Stride">Floats a row of <c>ngram.table</c>.</param>
public sealed record LinearShape(string Family, int Outputs, int Stride);

/// <summary>Where the bundle comes from. No dates: they are in <c>about.json</c>, outside the digest.</summary>
/// <param name="Snapshot">Digest of the snapshot.</param>
/// <param name="Rows">Rows of each split.</param>
/// <param name="Refitted">Whether the final fit saw train and valid.</param>
public sealed record TrainingRecord(
    string Snapshot, ulong Seed, string CodeVersion, bool Refitted, IReadOnlyDictionary<string, long> Rows, Candidate Chosen, IReadOnlyList<CandidateResult> Candidates);

/// <param name="Text">Words of the vocabulary in random order; no text of the data.</param>
/// <param name="Inputs">Values of numeric inputs.</param>
/// <param name="Probabilities">One a label; the check allows 1e-5.</param>
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
