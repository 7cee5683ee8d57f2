using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Features;
using Plumbline.Learning;
using Plumbline.Learning.Models;

namespace Plumbline.Bundles;

/// <summary>An opened, verified bundle. Thread-safe; the mapped memory lives until it is disposed.</summary>
public sealed class Bundle : IDisposable
{
    private const float GoldenTolerance = 1e-5f;
    private const long LargestManifest = 64L << 20;

    /// <summary>One line an n-gram, empty where unknown; optional.</summary>
    internal const string NamesSection = "ngram.names";

    private readonly BundleMemory _memory;
    private Classifier? _classifier;

    private Bundle(string directory, string digest, byte[] manifestJson, BundleManifest manifest)
    {
        Directory = directory;
        Digest = digest;
        ManifestJson = manifestJson;
        Manifest = manifest;
        _memory = new BundleMemory(directory, manifest.Sections);
    }

    public string Directory { get; }

    /// <summary>SHA-256 of the manifest, 64 lower-case hex digits.</summary>
    public string Digest { get; }

    /// <summary>The manifest as it is on disk, UTF-8.</summary>
    public ReadOnlyMemory<byte> ManifestJson { get; }

    public BundleManifest Manifest { get; }

    /// <exception cref="ObjectDisposedException">The bundle was disposed, and its memory unmapped.</exception>
    internal Classifier Classifier => _classifier ?? throw new ObjectDisposedException(nameof(Bundle));

    /// <summary>The arrays of the model.</summary>
    internal IModelMemory Memory => _memory;

    /// <summary>Opens a bundle: checks its format, every digest, and that it still answers its golden examples as when it was written.</summary>
    /// <exception cref="BundleException">It cannot be used; the message says why.</exception>
    public static Bundle Open(string directory)
    {
        var path = Path.Combine(directory, BundleWriter.ManifestFile);
        var (json, digest) = ReadManifest(directory, path);
        var bundle = new Bundle(directory, digest, json, ParseManifest(path, json));
        try
        {
            bundle.Map();
            bundle._memory.CheckOthers();
            bundle.SelfCheck();
            return bundle;
        }
        catch (Exception exception) when (exception is OverflowException or IndexOutOfRangeException or ArgumentException or InvalidOperationException)
        {
            bundle.Dispose();
            throw new BundleException($"{directory}: the manifest contradicts itself ({exception.Message}).", exception);
        }
        catch
        {
            bundle.Dispose();
            throw;
        }
    }

    /// <summary>Text of each n-gram feature, or null where the bundle does not have it.</summary>
    public string[]? NgramNames()
    {
        if (Manifest.Sections.FirstOrDefault(section => section.Name == NamesSection) is not { } section)
            return null;
        using var mapped = MappedSection.Open(Directory, section);
        var text = Encoding.UTF8.GetString(mapped.Bytes);
        var names = text.Length == 0 ? [] : text[..^1].Split('\n');
        return names.Length == Manifest.Contract.NgramFeatures
            ? names
            : throw new BundleException($"{Directory}: section '{section.Name}' names {names.Length} n-grams of {Manifest.Contract.NgramFeatures}.");
    }

    /// <summary>Bytes of a section, or null where the bundle does not have it.</summary>
    internal byte[]? Read(string section)
    {
        if (Manifest.Sections.FirstOrDefault(one => one.Name == section) is not { } found)
            return null;
        using var mapped = MappedSection.Open(Directory, found);
        return mapped.Bytes.ToArray();
    }

    public void Dispose()
    {
        _classifier = null;
        _memory.Dispose();
    }

    private static (byte[] Json, string Digest) ReadManifest(string directory, string path)
    {
        var info = new FileInfo(path);
        if (!info.Exists)
            throw new BundleException($"{directory} is not a bundle: it has no {BundleWriter.ManifestFile}.");
        if (info.Length > LargestManifest)
            throw new BundleException($"{path} has {info.Length} bytes; no manifest is that large.");
        var json = File.ReadAllBytes(path);
        var digest = Convert.ToHexStringLower(SHA256.HashData(json));
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)));
        if (name.Length == 64 && name != digest)
            throw new BundleException($"{path} has the SHA-256 {digest}, not the one that names its directory: it is damaged. Train or copy it again.");
        return (json, digest);
    }

    private static BundleManifest ParseManifest(string path, byte[] json)
    {
        try
        {
            // The format first: a newer manifest need not parse as this one.
            using (var document = JsonDocument.Parse(json))
            {
                var format = document.RootElement.GetProperty("format").GetInt32();
                if (format < 1)
                    throw new BundleException($"{path} is of format {format}; formats count from 1. It is damaged: train or copy it again.");
                if (format > BundleManifest.CurrentFormat)
                    throw new BundleException($"{path} is of format {format}; this program knows up to {BundleManifest.CurrentFormat}. Use a newer Plumbline.");
                var unknown = document.RootElement.GetProperty("requires").EnumerateArray()
                    .Select(name => name.GetString()).FirstOrDefault(name => !Capabilities.All.Contains(name));
                if (unknown is not null)
                    throw new BundleException($"{path} requires '{unknown}', which this program does not have. Use a newer Plumbline.");
                if (HasNull(document.RootElement))
                    throw new BundleException($"{path} is not a manifest of a bundle: it holds a null.");
                if (format == 1)
                    return BundleManifest.Upgrade(JsonNode.Parse(json)!.AsObject());
            }
            return JsonSerializer.Deserialize(json, BundleJson.Default.BundleManifest) ?? throw new BundleException($"{path} is empty.");
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new BundleException($"{path} is not a manifest of a bundle: {exception.Message}", exception);
        }
    }

    /// <summary>Whether there is a null anywhere: none is ever written, and types say nothing of the elements of lists.</summary>
    private static bool HasNull(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null => true,
        JsonValueKind.Array => element.EnumerateArray().Any(HasNull),
        JsonValueKind.Object => element.EnumerateObject().Any(property => HasNull(property.Value)),
        _ => false,
    };

    private void Map()
    {
        var shape = Manifest.Model;
        var classes = Manifest.Labels.Count;
        var ngrams = Manifest.Contract.NgramFeatures;
        if (classes < 2 || (shape.Outputs != classes && !(shape.Outputs == 1 && classes == 2)))
            throw new BundleException($"{Directory}: {classes} labels and {shape.Outputs} outputs do not go together.");
        if (Manifest.Calibration.Biases.Count != classes || Manifest.Decision.Offsets.Count != classes)
            throw new BundleException($"{Directory}: calibration and decision rule are not for {classes} labels.");
        CheckCalibration(Manifest.Calibration, classes);
        Manifest.Contract.Options.Validate();
        CheckCategories(Manifest.Contract);
        if (Manifest.Contract.Options.HashBits is { } bits && ngrams != 1 << bits)
            throw new BundleException($"{Directory}: n-grams hashed to {bits} bits make {1 << bits} features, not {ngrams}.");
        try
        {
            var classifier = new Classifier(Manifest.Contract, classes, shape, _memory, Manifest.Calibration, Manifest.Decision);
            if (Manifest.Contract.Options.HashBits is null)
                CheckSlots(_memory.Array<ulong>(ModelSections.Slots).Span, ngrams);
            _classifier = classifier;
        }
        catch (InvalidDataException exception)
        {
            throw new BundleException($"{Directory}: {exception.Message}.", exception);
        }
    }

    private void CheckCategories(FeatureContract contract)
    {
        if (!contract.Categorical.Select(feature => feature.Name).SequenceEqual(contract.Options.Categorical.Inputs))
            throw new BundleException($"{Directory}: the contract's categorical features are not those that its options name.");
        if (contract.Categorical.FirstOrDefault(feature => feature.Categories.Count == 0 || feature.Categories.Distinct(StringComparer.Ordinal).Count() < feature.Categories.Count) is { } wrong)
            throw new BundleException($"{Directory}: the contract has no category of '{wrong.Name}', or one twice.");
    }

    private void CheckCalibration(Calibration calibration, int classes)
    {
        if (!(calibration.Temperature > 0))
            throw new BundleException($"{Directory}: the calibration's temperature is {calibration.Temperature}; it must be more than 0.");
        if (calibration.Isotonic is { } isotonic
            && (isotonic.Count != classes || isotonic.Any(steps => steps.Starts.Count == 0 || steps.Starts.Count != steps.Values.Count)))
            throw new BundleException($"{Directory}: the isotonic calibration is not for {classes} labels, or its starts and values do not pair.");
    }

    /// <summary>A probe must end and an index must lie in the table: the digest guards against damage, this against a wrong writer.</summary>
    private void CheckSlots(ReadOnlySpan<ulong> slots, int ngrams)
    {
        if (slots.Length < 2)
            throw new BundleException($"{Directory}: a vocabulary has at least two slots, not {slots.Length}.");
        var free = 0;
        for (var i = 0; i < slots.Length; i++)
        {
            free += slots[i] == 0 ? 1 : 0;
            if (slots[i] != 0 && ((uint)slots[i] == 0 || (uint)slots[i] > (uint)ngrams))
                throw new BundleException($"{Directory}: vocabulary slot {i} points to feature {(uint)slots[i] - 1L} of {ngrams}.");
        }
        if (free == 0)
            throw new BundleException($"{Directory}: the vocabulary has no free slot.");
    }

    private void SelfCheck()
    {
        Span<float> probabilities = new float[Manifest.Labels.Count];
        for (var i = 0; i < Manifest.Golden.Count; i++)
        {
            var golden = Manifest.Golden[i];
            Classifier.Predict(Encoding.UTF8.GetBytes(golden.Text), golden.Inputs.ToArray(), probabilities, default, Classifier.Categories.Find(golden.Categories ?? []));
            for (var k = 0; k < probabilities.Length; k++)
            {
                if (!(MathF.Abs(probabilities[k] - golden.Probabilities[k]) <= GoldenTolerance))
                {
                    throw new BundleException(
                        $"{Directory}: golden example {i} gives label '{Manifest.Labels[k]}' probability {probabilities[k]}, not {golden.Probabilities[k]} as when it was written; this program or machine computes otherwise.");
                }
            }
        }
    }
}
