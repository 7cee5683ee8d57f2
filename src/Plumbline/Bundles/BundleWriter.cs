using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Plumbline.Features;
using Plumbline.Learning;
using Plumbline.Learning.Models;
using Plumbline.Statistics;
using Plumbline.Storage;

namespace Plumbline.Bundles;

/// <summary>Writes a trained model as a bundle: a directory named by the SHA-256 of its manifest, which holds the SHA-256 of every section.</summary>
internal static class BundleWriter
{
    public const string ManifestFile = "manifest.json";
    public const string AboutFile = "about.json";

    private const int GoldenExamples = 16;
    private const int GoldenWords = 24;

    /// <summary>Publishes the bundle in <paramref name="bundles"/>; one of the same digest that is there already stays.</summary>
    /// <param name="offers">Further sections by name, which a reader may ignore; null is none.</param>
    /// <returns>Full path of the bundle.</returns>
    public static string Publish(
        string bundles, TrainedModel model, TrainingRecord training, IReadOnlyDictionary<string, double> metrics, BundleAbout about, IReadOnlyDictionary<string, byte[]>? offers = null)
    {
        using var directory = AtomicDirectory.Create(bundles);
        List<BundleSection> sections = [.. model.Parameters.Sections.Select(section => Write(directory.Path, section))];
        if (model.NgramNames.Any(name => name is not null))
            sections.Add(WriteNames(directory.Path, model.NgramNames));
        sections.AddRange((offers ?? new Dictionary<string, byte[]>()).Select(offer => WriteBytes(directory.Path, offer.Key, "u8", offer.Value, [offer.Value.Length])));

        var manifest = new BundleManifest
        {
            Format = BundleManifest.CurrentFormat,
            Requires = Capabilities.Of(model),
            Offers = ["baseline", "names", .. offers?.Keys ?? []],
            Labels = model.Labels,
            Contract = model.Contract,
            Model = model.Parameters.Shape,
            Calibration = model.Calibration,
            Decision = model.Decision,
            Training = training,
            Metrics = metrics,
            Golden = Golden(model, training.Seed),
            Baseline = model.Baseline,
            Sections = sections,
        };
        var bytes = JsonSerializer.SerializeToUtf8Bytes(manifest, BundleJson.Default.BundleManifest);
        File.WriteAllBytes(Path.Combine(directory.Path, ManifestFile), bytes);
        File.WriteAllBytes(Path.Combine(directory.Path, AboutFile), JsonSerializer.SerializeToUtf8Bytes(about, BundleJson.Default.BundleAbout));
        var digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
        directory.Publish(digest);
        return Path.Combine(Path.GetFullPath(bundles), digest);
    }

    /// <summary>SHA-256 of a contract as its bundle's manifest has it, without white space (docs/specs/lineage.md); 64 lower-case hex digits.</summary>
    public static string DigestOf(FeatureContract contract) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.SerializeToNode(contract, BundleJson.Default.FeatureContract)!.ToJsonString())));

    // Files are little-endian, and so is every platform that .NET 10 runs on.
    private static BundleSection Write(string directory, ModelSection section) => section.Values switch
    {
        float[] values => WriteBytes(directory, section.Name, SectionTypes.Of<float>(), MemoryMarshal.AsBytes<float>(values), section.Shape),
        int[] values => WriteBytes(directory, section.Name, SectionTypes.Of<int>(), MemoryMarshal.AsBytes<int>(values), section.Shape),
        ulong[] values => WriteBytes(directory, section.Name, SectionTypes.Of<ulong>(), MemoryMarshal.AsBytes<ulong>(values), section.Shape),
        _ => throw new NotSupportedException($"Section '{section.Name}' is of {section.Values.GetType().Name}, which bundles do not hold."),
    };

    private static BundleSection WriteNames(string directory, string?[] names) =>
        WriteBytes(directory, Bundle.NamesSection, "utf8-lines", Encoding.UTF8.GetBytes(string.Join('\n', names) + "\n"), [names.Length]);

    private static BundleSection WriteBytes(string directory, string name, string type, ReadOnlySpan<byte> bytes, IReadOnlyList<long> shape)
    {
        var file = name + ".bin";
        File.WriteAllBytes(Path.Combine(directory, file), bytes);
        return new BundleSection(name, file, type, shape, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    private static List<GoldenExample> Golden(TrainedModel model, ulong seed)
    {
        var classifier = model.Classifier();
        var random = new RandomSource(seed);
        var words = model.NgramNames.Where(name => name is not null && !name.StartsWith(Text.NgramHasher.CharacterMark)).ToArray();
        var inputs = model.Contract.Numeric.Where(feature => feature.Source != Features.NumericFeatureSource.Text).ToArray();
        var golden = new List<GoldenExample>();
        for (var i = 0; i < GoldenExamples; i++)
        {
            // The first is empty: a text without a known n-gram is the edge of every formula.
            var text = words.Length == 0 || i == 0
                ? new string('x', i)
                : string.Join(' ', Enumerable.Range(0, GoldenWords).Select(_ => words[random.NextInt32(words.Length)]));
            var values = inputs.Select(input => (float)(input.Mean + (random.NextGaussian() * input.StandardDeviation))).ToArray();
            // As likely as a category of the column: none.
            var categories = model.Contract.Categorical
                .Select(feature => feature.Categories.ElementAtOrDefault(random.NextInt32(feature.Categories.Count + 1)) ?? "").ToArray();
            var probabilities = new float[model.Labels.Count];
            classifier.Predict(Encoding.UTF8.GetBytes(text), values, probabilities, default, classifier.Categories.Find(categories));
            golden.Add(new GoldenExample(text, values, probabilities, categories.Length == 0 ? null : categories));
        }
        return golden;
    }
}
