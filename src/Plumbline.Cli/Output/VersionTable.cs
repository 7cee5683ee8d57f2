using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Commands;
using Plumbline.Registry;

namespace Plumbline.Cli.Output;

/// <summary>Versions of models, and notes on them, for people and as JSON.</summary>
internal static class VersionTable
{
    private const int ShownDigits = 12;

    /// <param name="named">Whether they are of several models.</param>
    public static void Write(Terminal terminal, IEnumerable<ModelVersion> versions, bool named = false) => Tables.Write(
        terminal, [named ? "Version" : "Version>", "Aliases", "Stage", "Bundle", "Run", "Since", "Description"],
        versions.Select(version => new[]
        {
            string.Create(CultureInfo.InvariantCulture, $"{(named ? version.Name + "/" : "")}{version.Version}"), string.Join(", ", version.Aliases), StageOf(version),
            version.BundleDigest?[..ShownDigits] ?? version.Source ?? "", version.RunId ?? "",
            ModelsCommand.Day(version.CreationTime), version.Description,
        }));

    public static JsonObject ToJson(ModelVersion version) => new()
    {
        ["name"] = version.Name,
        ["version"] = version.Version,
        ["bundle"] = version.BundleDigest,
        ["source"] = version.Source,
        ["run"] = version.RunId,
        ["snapshot"] = version.SnapshotDigest,
        ["stage"] = version.Stage == ModelStage.None ? null : JsonOutput.NameOf(version.Stage),
        ["description"] = version.Description,
        ["tags"] = ToJson(version.Tags),
        ["aliases"] = new JsonArray([.. version.Aliases.Select(alias => JsonValue.Create(alias))]),
        ["creation_time"] = version.CreationTime,
        ["last_update_time"] = version.LastUpdateTime,
    };

    public static JsonObject ToJson(IEnumerable<KeyValuePair<string, string>> tags) =>
        new(tags.OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => KeyValuePair.Create(tag.Key, (JsonNode?)tag.Value)));

    public static JsonArray ToJson(IEnumerable<Annotation> notes) => new([.. notes.Select(ToJson)]);

    public static JsonObject ToJson(Annotation note) => new() { ["version"] = note.Version, ["text"] = note.Text, ["author"] = note.Author, ["time"] = note.Time };

    /// <param name="name">The model's, where notes may be on several of its versions.</param>
    public static void WriteNotes(Terminal terminal, IReadOnlyCollection<Annotation> notes, string? name = null)
    {
        if (notes.Count == 0)
            return;
        Tables.Write(
            terminal, [.. name is null ? Array.Empty<string>() : ["On"], "When", "Who", "Note"],
            notes.Select(note => (string[])[.. name is null ? Array.Empty<string>() : [Subject(name, note)], ModelsCommand.Day(note.Time), note.Author, note.Text]));
    }

    /// <summary>Empty where older clients of MLflow gave none.</summary>
    public static string StageOf(ModelVersion version) => version.Stage == ModelStage.None ? "" : version.Stage.ToString();

    public static string Subject(string name, Annotation note) => note.Version is { } version ? FormattableString.Invariant($"{name}/{version}") : name;
}
