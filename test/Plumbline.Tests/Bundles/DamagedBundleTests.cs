using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Plumbline.Bundles;

namespace Plumbline.Tests.Bundles;

public sealed class DamagedBundleTests : IDisposable
{
    private readonly PublishedBundle _bundle = PublishedBundle.OfReviews();

    public void Dispose() => _bundle.Dispose();

    [Fact]
    public void Open_OneByteFlippedAnywhere_RefusedWithTheFileNamed()
    {
        foreach (var file in Files())
        {
            var whole = File.ReadAllBytes(file);
            foreach (var at in new[] { 0, 1, whole.Length / 3, whole.Length / 2, whole.Length - 1 })
            {
                var damaged = whole.ToArray();
                damaged[at] ^= 0x10;
                File.WriteAllBytes(file, damaged);
                _bundle.Refusal().ShouldContain(Path.GetFileName(file), customMessage: $"byte {at}");
            }
            File.WriteAllBytes(file, whole);
        }
        Bundle.Open(_bundle.Path).Dispose();
    }

    [Fact]
    public void Open_Truncated_RefusedWithTheFileNamed()
    {
        foreach (var file in Files())
        {
            var whole = File.ReadAllBytes(file);
            foreach (var length in new[] { 0, 1, whole.Length / 2, whole.Length - 1 })
            {
                File.WriteAllBytes(file, whole[..length]);
                _bundle.Refusal().ShouldContain(Path.GetFileName(file), customMessage: $"{length} bytes");
            }
            File.WriteAllBytes(file, [.. whole, 0]);
            _bundle.Refusal().ShouldContain(Path.GetFileName(file));
            File.Delete(file);
            _bundle.Refusal().ShouldContain(Path.GetFileName(file));
            File.WriteAllBytes(file, whole);
        }
    }

    [Fact]
    public void NgramNames_FewerThanNgrams_Refused()
    {
        ReplaceSection("ngram.names", "one\ntwo\n"u8.ToArray(), 2);
        using var bundle = Bundle.Open(_bundle.Path);
        Should.Throw<BundleException>(bundle.NgramNames).Message.ShouldContain("names 2 n-grams");
    }

    [Fact]
    public void Open_NotThere_Refused() =>
        Should.Throw<BundleException>(() => Bundle.Open("/nowhere/at/all")).Message.ShouldContain("manifest.json");

    [Fact]
    public void Open_OtherDigestAsName_Refused()
    {
        _bundle.Rename(new string('0', 64));
        _bundle.Refusal().ShouldContain("SHA-256");
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"format\":1,\"requires\":[]}")]
    [InlineData("{\"format\":1,\"requires\":null}")]
    [InlineData("{\"format\":\"1\",\"requires\":[]}")]
    [InlineData("{\"format\":99999999999999999999,\"requires\":[]}")]
    [InlineData("{\"format\":1.5,\"requires\":[]}")]
    [InlineData("{\"format\":0,\"requires\":[]}")]
    [InlineData("{\"format\":1,\"requires\":[7]}")]
    public void Open_NotAManifest_Refused(string manifest)
    {
        _bundle.Replace(Encoding.UTF8.GetBytes(manifest));
        _bundle.Refusal().ShouldContain("manifest.json");
    }

    [Fact]
    public void Open_DeepManifest_Refused()
    {
        _bundle.Replace(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 100_000))));
        _bundle.Refusal().ShouldContain("manifest.json");
    }

    [Theory]
    [InlineData("format", "3", "format 3")]
    [InlineData("requires", "[\"linear-1\",\"transformer-1\"]", "'transformer-1'")]
    [InlineData("labels", "[\"one\"]", "1 labels")]
    [InlineData("labels", "[1,2,3,4,5]", "manifest.json")]
    [InlineData("labels", "[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\"]", "6 labels")]
    [InlineData("labels", "null", "manifest.json")]
    [InlineData("labels", "[\"1\",\"2\",\"3\",\"4\",null]", "manifest.json")]
    [InlineData("golden", "[null]", "manifest.json")]
    [InlineData("sections", "[]", "ngram.table")]
    [InlineData("sections", "[null]", "manifest.json")]
    [InlineData("model.outputs", "4", "4 outputs")]
    [InlineData("model.outputs", "2147483647", "2147483647 outputs")]
    [InlineData("model.stride", "16", "stride 16")]
    [InlineData("model.stride", "1e3", "manifest.json")]
    [InlineData("contract.ngram_features", "1", "ngram.table")]
    [InlineData("contract.ngram_features", "-1", "ngram.table")]
    [InlineData("contract.ngram_features", "2147483647", "ngram.table")]
    [InlineData("contract.numeric", "[]", "linear.numeric")]
    [InlineData("contract.options.min_df", "0", "min_df")]
    [InlineData("contract.options.hash_bits", "8", "hashed")]
    [InlineData("contract.options.numeric.keywords", "[]", "numeric features")]
    [InlineData("contract.options.ngrams.word_max", "9", "ngrams.word")]
    [InlineData("calibration.biases", "[0]", "calibration")]
    [InlineData("calibration.biases", "null", "manifest.json")]
    [InlineData("calibration.temperature", "0", "temperature")]
    [InlineData("calibration.temperature", "\"NaN\"", "temperature")]
    [InlineData("calibration.isotonic", "[{\"starts\":[],\"values\":[]}]", "isotonic")]
    [InlineData("calibration.temperature", "9", "golden example")]
    [InlineData("decision.offsets", "[0,0]", "decision")]
    public void Open_ManifestThatContradicts_RefusedWithTheReason(string key, string value, string reason)
    {
        _bundle.Rewrite(root =>
        {
            var path = key.Split('.');
            var parent = path[..^1].Aggregate(root, (node, name) => node[name]!);
            parent[path[^1]] = JsonNode.Parse(value);
        });
        _bundle.Refusal().ShouldContain(reason);
    }

    [Theory]
    [InlineData("file", "\"../../etc/passwd\"", "plain file name")]
    [InlineData("file", "\"/etc/passwd\"", "plain file name")]
    [InlineData("file", "\"..\"", "..")]
    [InlineData("file", "\"\"", "is missing")]
    [InlineData("file", "\"a\\u0000b\"", "contradicts")]
    [InlineData("bytes", "-1", "ngram.slots")]
    [InlineData("bytes", "9223372036854775807", "ngram.slots")]
    [InlineData("type", "\"f32\"", "ngram.slots")]
    [InlineData("shape", "[2,2]", "ngram.slots")]
    [InlineData("sha256", "\"\"", "SHA-256")]
    public void Open_SectionThatContradicts_RefusedWithTheReason(string key, string value, string reason)
    {
        _bundle.Rewrite(root => root["sections"]![0]![key] = JsonNode.Parse(value));
        _bundle.Refusal().ShouldContain(reason);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public void Open_VocabularyOfFewSlots_Refused(int slots)
    {
        // One slot once made every look-up read at an address made of the hash.
        ReplaceSlots(new byte[slots * sizeof(ulong)]);
        _bundle.Refusal().ShouldNotBeEmpty();
    }

    [Fact]
    public void Open_VocabularyWithoutAFreeSlotOrPastTheTable_Refused()
    {
        ReplaceSlots([.. Enumerable.Repeat(new byte[] { 1, 0, 0, 0, 9, 9, 9, 9 }, 4).SelectMany(slot => slot)]);
        _bundle.Refusal().ShouldContain("no free slot");
        ReplaceSlots([0xFF, 0xFF, 0xFF, 0x7F, 1, 0, 0, 0, .. new byte[24]]);
        _bundle.Refusal().ShouldContain("slot 0");
    }

    private IEnumerable<string> Files() => Directory.GetFiles(_bundle.Path).Where(file => Path.GetFileName(file) != BundleWriter.AboutFile);

    private void ReplaceSlots(byte[] slots) => ReplaceSection("ngram.slots", slots, slots.Length / sizeof(ulong));

    private void ReplaceSection(string name, byte[] bytes, int elements)
    {
        File.WriteAllBytes(_bundle.File(name + ".bin"), bytes);
        _bundle.Rewrite(root =>
        {
            var section = root["sections"]!.AsArray().Single(section => (string?)section!["name"] == name)!;
            section["bytes"] = bytes.Length;
            section["shape"] = new JsonArray(elements);
            section["sha256"] = Convert.ToHexStringLower(SHA256.HashData(bytes));
        });
    }
}
