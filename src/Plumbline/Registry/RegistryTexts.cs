using Plumbline.Storage;
using Plumbline.Tracking;

namespace Plumbline.Registry;

/// <summary>Rules of descriptions and tags, with MLflow's limits.</summary>
internal static class RegistryTexts
{
    private const int DescriptionLength = 5000;
    private const int TagLength = 100_000;
    private const int AddressLength = 2000;

    public static void CheckDescription(string description) => MetadataText.Check("description", description, DescriptionLength);

    public static void CheckTags(IEnumerable<KeyValuePair<string, string>> tags)
    {
        foreach (var (key, value) in tags)
        {
            KeyedTexts.CheckKey("tag key", key);
            MetadataText.Check($"tag {key}", value, TagLength);
        }
    }

    public static void Check(NewSourcedVersion version)
    {
        MetadataText.CheckName("source", version.Source, AddressLength);
        // A path of this machine would let a client read whatever is there.
        if (!IsWordOfPrompt(version)
            && (!version.Source.Contains(":/", StringComparison.Ordinal) || version.Source.StartsWith("file:", StringComparison.OrdinalIgnoreCase) || version.Source.Split('/', '\\', '?', '#').Contains("..")))
        {
            throw new MetadataException(
                MetadataError.Invalid,
                $"The source '{MetadataText.Quote(version.Source)}' is refused: paths and dot segments may lead anywhere. Give models:/<logged model>, models:/<name>/<version>, runs:/<run>/<path> or an address such as s3://bucket/folder.");
        }
        MetadataText.Check("run id", version.RunId ?? "", KeyedTexts.KeyLength);
        MetadataText.Check("run link", version.RunLink, AddressLength);
        MetadataText.Check("user id", version.UserId, KeyedTexts.KeyLength);
        CheckDescription(version.Description);
        CheckTags(version.Tags);
    }

    /// <summary>MLflow keeps prompts as versions: the text is a tag, and the source a word that leads nowhere.</summary>
    private static bool IsWordOfPrompt(NewSourcedVersion version) =>
        version.Tags.Any(tag => tag.Key == WellKnownTags.IsPrompt) && version.Source.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
