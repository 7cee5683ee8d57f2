using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Plumbline.Features;
using Plumbline.Learning;

namespace Plumbline.Bundles;

/// <summary>An opened, verified bundle. Thread-safe; the mapped memory lives until it is disposed.</summary>
public sealed unsafe class Bundle : IDisposable
{
    private const float GoldenTolerance = 1e-5f;
    private const long LargestManifest = 64L << 20;

    private readonly List<MappedSection> _sections = [];
    private LinearClassifier? _classifier;

    private Bundle(string directory, string digest, byte[] manifestJson, BundleManifest manifest)
    {
        Directory = directory;
        Digest = digest;
        ManifestJson = manifestJson;
        Manifest = manifest;
    }

    public string Directory { get; }

    /// <summary>SHA-256 of the manifest, 64 lower-case hex digits.</summary>
    public string Digest { get; }

    /// <summary>The manifest as it is on disk, UTF-8.</summary>
    public ReadOnlyMemory<byte> ManifestJson { get; }

    public BundleManifest Manifest { get; }

    /// <exception cref="ObjectDisposedException">The bundle was disposed, and its memory unmapped.</exception>
    internal LinearClassifier Classifier => _classifier ?? throw new ObjectDisposedException(nameof(Bundle));

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
            bundle.CheckOtherSections();
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
        if (Manifest.Sections.FirstOrDefault(section => section.Name == SectionNames.Names) is not { } section)
            return null;
        using var mapped = MappedSection.Open(Directory, section);
        var text = Encoding.UTF8.GetString(mapped.Start, checked((int)section.Bytes));
        var names = text.Length == 0 ? [] : text[..^1].Split('\n');
        return names.Length == Manifest.Contract.NgramFeatures
            ? names
            : throw new BundleException($"{Directory}: section '{section.Name}' names {names.Length} n-grams of {Manifest.Contract.NgramFeatures}.");
    }

    public void Dispose()
    {
        _classifier = null;
        foreach (var section in _sections)
            section.Dispose();
        _sections.Clear();
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
                    .Select(name => name.GetString()).FirstOrDefault(name => name is not (SectionNames.LinearCapability or SectionNames.AggregatesCapability or SectionNames.CategoricalCapability));
                if (unknown is not null)
                    throw new BundleException($"{path} requires '{unknown}', which this program does not have. Use a newer Plumbline.");
                if (HasNull(document.RootElement))
                    throw new BundleException($"{path} is not a manifest of a bundle: it holds a null.");
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
        var outputs = Manifest.Linear.Outputs;
        var classes = Manifest.Labels.Count;
        var ngrams = Manifest.Contract.NgramFeatures;
        var stride = FeatureTable.StrideFor(outputs);
        if (classes < 2 || (outputs != classes && !(outputs == 1 && classes == 2)) || Manifest.Linear.Stride != stride)
            throw new BundleException($"{Directory}: {classes} labels, {outputs} outputs and stride {Manifest.Linear.Stride} do not go together.");
        if (Manifest.Calibration.Biases.Count != classes || Manifest.Decision.Offsets.Count != classes)
            throw new BundleException($"{Directory}: calibration and decision rule are not for {classes} labels.");
        CheckCalibration(Manifest.Calibration, classes);
        Manifest.Contract.Options.Validate();
        var isHashed = Manifest.Contract.Options.HashBits is not null;
        if (Manifest.Contract.Options.HashBits is { } bits && ngrams != 1 << bits)
            throw new BundleException($"{Directory}: n-grams hashed to {bits} bits make {1 << bits} features, not {ngrams}.");
        (BundleSection Section, MappedSection Mapped)? slots = isHashed ? null : Map(SectionNames.Slots, "u64", section => section.Shape.Count == 1);
        var slotCount = isHashed ? 0 : checked((int)(slots!.Value.Section.Bytes / sizeof(ulong)));
        var table = Map(SectionNames.Table, "f32", section => section.Bytes == (long)ngrams * stride * sizeof(float));
        var numeric = Map(SectionNames.Numeric, "f32", section => section.Bytes == (long)Manifest.Contract.Numeric.Count * outputs * sizeof(float));
        var categorical = MapCategories(outputs);
        var intercept = Map(SectionNames.Intercept, "f32", section => section.Bytes == (long)outputs * sizeof(float));
        if (!isHashed)
            CheckSlots((ulong*)slots!.Value.Mapped.Start, slotCount, ngrams);
        var memory = new LinearMemory(
            isHashed ? null : (ulong*)slots!.Value.Mapped.Start, slotCount, (float*)table.Mapped.Start, (float*)numeric.Mapped.Start, (float*)categorical, (float*)intercept.Mapped.Start);
        _classifier = new LinearClassifier(Manifest.Contract, classes, memory, outputs, Manifest.Calibration, Manifest.Decision, this);
        if (_classifier.NumericCount != Manifest.Contract.Numeric.Count)
            throw new BundleException($"{Directory}: the contract lists {Manifest.Contract.Numeric.Count} numeric features, but its options make {_classifier.NumericCount}.");
    }

    /// <returns>Null without categorical features.</returns>
    private byte* MapCategories(int outputs)
    {
        var contract = Manifest.Contract;
        if (!contract.Categorical.Select(feature => feature.Name).SequenceEqual(contract.Options.Categorical.Inputs))
            throw new BundleException($"{Directory}: the contract's categorical features are not those that its options name.");
        if (contract.Categorical.FirstOrDefault(feature => feature.Categories.Distinct(StringComparer.Ordinal).Count() < feature.Categories.Count) is { } twice)
            throw new BundleException($"{Directory}: the contract has a category of '{twice.Name}' twice.");
        var categories = contract.Categorical.Sum(feature => (long)feature.Categories.Count);
        return contract.Categorical.Count == 0 ? null
            : Map(SectionNames.Categorical, "f32", section => section.Bytes == categories * outputs * sizeof(float)).Mapped.Start;
    }

    private (BundleSection Section, MappedSection Mapped) Map(string name, string type, Func<BundleSection, bool> isRightSize)
    {
        var section = Manifest.Sections.FirstOrDefault(section => section.Name == name)
            ?? throw new BundleException($"{Directory}: the manifest has no section '{name}'.");
        if (section.Type != type || !isRightSize(section))
            throw new BundleException($"{Directory}: section '{name}' ({section.Type}, {section.Bytes} bytes) does not fit the manifest's shape.");
        var mapped = MappedSection.Open(Directory, section);
        _sections.Add(mapped);
        return (section, mapped);
    }

    /// <summary>Digests of the sections that are not needed to answer.</summary>
    private void CheckOtherSections()
    {
        string[] mapped = [SectionNames.Slots, SectionNames.Table, SectionNames.Numeric, SectionNames.Categorical, SectionNames.Intercept];
        foreach (var section in Manifest.Sections.Where(section => !mapped.Contains(section.Name)))
            MappedSection.Open(Directory, section).Dispose();
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
    private void CheckSlots(ulong* slots, int count, int ngrams)
    {
        if (count < 2)
            throw new BundleException($"{Directory}: a vocabulary has at least two slots, not {count}.");
        var free = 0;
        for (var i = 0; i < count; i++)
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
