using System.Text;
using System.Text.Json.Nodes;
using System.Security.Cryptography;
using Plumbline.Bundles;
using Plumbline.Learning;
using Plumbline.Tests.Learning;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Bundles;

/// <summary>A bundle in a folder of its own, to be damaged.</summary>
internal sealed class PublishedBundle : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public PublishedBundle(TrainedModel model) => Path = Publish(_folder.Path, model);

    public string Path { get; private set; }

    public string Manifest => File(BundleWriter.ManifestFile);

    public static string Publish(string folder, TrainedModel model, int fitSeconds = 1)
    {
        var training = new TrainingRecord(
            new string('a', 64), 42, "test", true, new Dictionary<string, long> { ["train"] = model.RowsTrain }, model.Chosen, model.Candidates);
        var about = new BundleAbout(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000 + fitSeconds), fitSeconds, "machine", "run");
        return BundleWriter.Publish(folder, model, training, new Dictionary<string, double> { ["test.macro_f1"] = 0.5 }, about);
    }

    public static PublishedBundle OfReviews(int classes = 5) => new(GeneratedReviews.Trained(classes));

    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Changes the manifest and gives the folder the name of its new digest, as a wrong writer would.</summary>
    public void Rewrite(Action<JsonNode> change)
    {
        var root = JsonNode.Parse(System.IO.File.ReadAllText(Manifest))!;
        change(root);
        Replace(Encoding.UTF8.GetBytes(root.ToJsonString()));
    }

    public void Replace(byte[] manifest)
    {
        System.IO.File.WriteAllBytes(Manifest, manifest);
        Rename(Convert.ToHexStringLower(SHA256.HashData(manifest)));
    }

    public void Rename(string name)
    {
        var renamed = System.IO.Path.Combine(_folder.Path, name);
        Directory.Move(Path, renamed);
        Path = renamed;
    }

    public string Refusal() => Should.Throw<BundleException>(() => Bundle.Open(Path).Dispose()).Message;

    public void Dispose() => _folder.Dispose();
}
