using System.Runtime.InteropServices;
using System.Text.Json;
using Plumbline.Datasets;
using Plumbline.Tracking;

namespace Plumbline.Pipelines;

/// <summary>What a training says of where it ran, by what, and on what, in the words of MLflow's clients.</summary>
internal static class TrainingEnvironment
{
    private const int LongestTag = 8000;
    private const int LongestName = 500;

    public static KeyValuePair<string, string>[] Tags() =>
    [
        new(WellKnownTags.User, Environment.UserName),
        new(WellKnownTags.SourceName, "plumbline train"),
        new(WellKnownTags.SourceType, "LOCAL"),
        .. CodeVersion.Current.IndexOf('+', StringComparison.Ordinal) is var plus and >= 0
            ? [new(WellKnownTags.SourceCommit, CodeVersion.Current[(plus + 1)..])] : Array.Empty<KeyValuePair<string, string>>(),
        new("environment.machine", Environment.MachineName),
        new("environment.system", $"{RuntimeInformation.OSDescription} {RuntimeInformation.OSArchitecture}"),
        new("environment.runtime", RuntimeInformation.FrameworkDescription),
        new("environment.processors", FormattableString.Invariant($"{Environment.ProcessorCount}")),
        new("environment.packages", Packages()),
    ];

    public static RunDataset Describe(Snapshot snapshot)
    {
        var source = Path.GetFileName(snapshot.Manifest.Sources.Select(part => part.Name).FirstOrDefault() ?? "");
        var columns = snapshot.Manifest.Columns.Select(column => new Dictionary<string, object> { ["type"] = TypeOf(column), ["name"] = column.Name, ["required"] = column.Type == SnapshotColumnType.Text });
        return new RunDataset(
            source.Length is > 0 and <= LongestName ? source : "snapshot", snapshot.Digest, "local",
            JsonSerializer.Serialize(new Dictionary<string, string> { ["uri"] = $"snapshots/{snapshot.Digest}" }),
            JsonSerializer.Serialize(new Dictionary<string, object> { ["mlflow_colspec"] = columns }),
            JsonSerializer.Serialize(new Dictionary<string, long> { ["num_rows"] = snapshot.Manifest.Counts.Total }))
        {
            Tags = new Dictionary<string, string> { [WellKnownTags.DataContext] = "training" },
        };
    }

    private static string TypeOf(SnapshotColumn column) => column.Type switch
    {
        SnapshotColumnType.Time => "datetime",
        SnapshotColumnType.Number => "double",
        SnapshotColumnType.Count => "long",
        _ => "string",
    };

    /// <summary>Those that this program was built with, as <c>name/version</c>; empty where it was published as one file.</summary>
    private static string Packages()
    {
        var file = (AppContext.GetData("APP_CONTEXT_DEPS_FILES") as string)?.Split(Path.PathSeparator, ';').FirstOrDefault(File.Exists);
        if (file is null)
            return "";
        using var dependencies = JsonDocument.Parse(File.ReadAllBytes(file));
        var packages = dependencies.RootElement.GetProperty("libraries").EnumerateObject()
            .Where(library => library.Value.TryGetProperty("type", out var type) && type.ValueEquals("package"))
            .Select(library => library.Name).Order(StringComparer.Ordinal);
        var listed = string.Join(' ', packages);
        return listed.Length <= LongestTag ? listed : listed[..LongestTag];
    }
}
