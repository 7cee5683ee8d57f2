using System.Runtime.CompilerServices;
using System.Text.Json;
using Plumbline.Projects;

namespace Plumbline.Tests.Projects;

/// <summary>Editors check plumbline.yaml by the schema, the program by its reader: they must not disagree.</summary>
public sealed class ProjectSchemaTests
{
    private const string WithListItems = "data: {path: a.csv, expectations: [{expect_column_to_exist: {column: a}}]}\nserver: {api_keys: [{name: a, secret: 0123456789abcdef, requests_per_minute: 1}]}\n"
        + "gates: {class_floors: [{f1: 0.1}], slices: [{name: a, language: en, max_gap: 0.1}]}\n"
        + "alerts: {rules: [{name: PlumblineDrift, for: 10m}], notifiers: [{name: a, kind: slack, url: 'https://hooks.example/a'}]}\n"
        + "rollout: {kind: canary, gates: [{kind: error_rate, most: 0.1}], steps: [{weight: 0.1, gates: [{kind: disagreement, most: 0.1}]}]}\n"
        + "pipelines: {schedules: [{name: a, pipeline: b, cron: '@daily'}]}";

    private static readonly JsonElement Schema = JsonDocument.Parse(File.ReadAllText(SchemaFile())).RootElement;

    [Fact]
    public void Properties_AreTheReadersKeys()
    {
        var keys = new List<string>();
        ProjectReader.Read("/plumbline.yaml", new StringReader(WithListItems), keys);
        keys.Select(key => key.Replace("[0]", "", StringComparison.Ordinal)).Distinct().Order(StringComparer.Ordinal)
            .ShouldBe(Keys("", Schema).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Defaults_AreTheReadersDefaults()
    {
        foreach (var (path, property) in Leaves("", Schema))
        {
            // Keys of a schedule mean something together only: PipelinesSectionTests.
            if (!property.TryGetProperty("default", out var value) || path.StartsWith("pipelines.", StringComparison.Ordinal))
                continue;
            // That there is a contest says something, even an empty one.
            var empty = path.StartsWith("train.contest.", StringComparison.Ordinal) ? Describe("train.contest", "{}") : Describe("", "");
            Describe(path, value.GetRawText()).ShouldBe(empty, path);
        }
    }

    [Fact]
    public void Enumerations_AreTheReadersNames()
    {
        foreach (var (path, property) in Leaves("", Schema))
        {
            var values = property.TryGetProperty("enum", out var names) ? names
                : property.TryGetProperty("items", out var items) && items.TryGetProperty("enum", out var itemNames) ? itemNames
                : default;
            // Keys of a rollout, of a rule or notifier, or of a schedule mean something together only: RolloutSectionTests, AlertsSectionTests, PipelinesSectionTests.
            string[] together = ["rollout.", "alerts.", "pipelines."];
            if (values.ValueKind != JsonValueKind.Array || together.Any(section => path.StartsWith(section, StringComparison.Ordinal)))
                continue;
            var isList = !property.TryGetProperty("enum", out _);
            foreach (var name in values.EnumerateArray().Select(value => value.GetString()!))
                Should.NotThrow(() => Describe(path, isList ? path.EndsWith("class_weights", StringComparison.Ordinal) ? $"[natural, {name}]" : $"[{name}]" : name), path);
            var refusal = Should.Throw<ProjectException>(() => Describe(path, isList ? "[wrong]" : "wrong")).Message;
            foreach (var name in values.EnumerateArray())
                refusal.ShouldContain(name.GetString()!);
        }
    }

    /// <summary>What the reader makes of one key, without what only the server knows.</summary>
    private static string Describe(string path, string value)
    {
        var yaml = "data: {path: a.csv}";
        if (path.StartsWith("server", StringComparison.Ordinal) && path != "server.drift.profile")
            value = "";
        if (path.Length > 0)
        {
            var parts = path.Split('.');
            var inner = parts.Skip(1).Reverse().Aggregate(value, (text, key) => $"{{{key}: {text}}}");
            yaml = parts[0] == "data" ? $"data: {{path: a.csv, {inner[1..]}" : $"{yaml}\n{parts[0]}: {inner}";
        }
        var project = ProjectReader.Read("/plumbline.yaml", new StringReader(yaml), []);
        // Naming n-grams, if only the default ones, is what ends their adapting.
        var features = project.Training.Features;
        var training = project.Training with { Features = features with { Ngrams = features.Ngrams with { Adapt = false } } };
        return JsonSerializer.Serialize(project with { Server = new ServerSettings(), Training = training });
    }

    private static IEnumerable<string> Keys(string path, JsonElement node)
    {
        foreach (var (name, property) in Properties(node))
        {
            var inner = path.Length == 0 ? name : $"{path}.{name}";
            yield return inner;
            foreach (var key in Keys(inner, property))
                yield return key;
        }
    }

    private static IEnumerable<(string Path, JsonElement Property)> Leaves(string path, JsonElement node)
    {
        foreach (var (name, property) in Properties(node))
        {
            var inner = path.Length == 0 ? name : $"{path}.{name}";
            if (!Properties(property).Any())
                yield return (inner, property);
            foreach (var leaf in Leaves(inner, property))
                yield return leaf;
        }
    }

    private static IEnumerable<(string Name, JsonElement Property)> Properties(JsonElement node) =>
        node.TryGetProperty("properties", out var properties) ? properties.EnumerateObject().Select(property => (property.Name, property.Value))
        : node.TryGetProperty("items", out var items) ? Properties(items)
        : [];

    private static string SchemaFile([CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "../../../docs/specs/plumbline.schema.json");
}
