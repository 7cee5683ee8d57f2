using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Plumbline.Datasets.Expectations;
using Plumbline.Datasets.Sources;

namespace Plumbline.Datasets;

/// <summary>How a column's values enter the digest; the numbers are part of the format.</summary>
public enum SnapshotColumnType : byte
{
    Text = 0,
    String = 1,
    Time = 2,
    Number = 3,
    Count = 4,
}

/// <param name="Aggregate">Whether it is computed from earlier records of the same user or item, as of the record's time.</param>
/// <param name="Categorical">Whether it is a categorical input.</param>
public sealed record SnapshotColumn(string Name, SnapshotColumnType Type, bool Aggregate = false, bool Categorical = false);

public sealed record SplitCounts(long Train, long Valid, long Test)
{
    [JsonIgnore]
    public long Total => Train + Valid + Test;

    public long Of(Split split) => split switch
    {
        Split.Train => Train,
        Split.Valid => Valid,
        Split.Test => Test,
        _ => throw new ArgumentOutOfRangeException(nameof(split), split, null),
    };
}

public sealed record ClassCounts(string Label, SplitCounts Counts);

/// <param name="Rows">How many.</param>
/// <param name="FirstRows">1-based source rows of the first few.</param>
public sealed record DroppedRows(string Reason, long Rows, IReadOnlyList<long> FirstRows);

/// <param name="Values">Values present that could not be read as time or finite number, and are missing in the snapshot.</param>
public sealed record UnreadableValues(string Column, long Values, IReadOnlyList<long> FirstRows);

/// <summary>How the split was made.</summary>
public sealed record SplitRule(SplitBy By, ulong Seed, double ValidShare, double TestShare, double CarvedValidShare, SplitTogether Together = SplitTogether.Exact);

/// <summary>What a snapshot is; docs/specs/snapshot.md.</summary>
public sealed record SnapshotManifest
{
    public const int CurrentFormat = 2;

    public required int FormatVersion { get; init; }

    /// <summary>64 lower-case hex digits; the folder's name.</summary>
    public required string Digest { get; init; }

    public required IReadOnlyList<SnapshotColumn> Columns { get; init; }

    public required SchemaMapping Mapping { get; init; }

    public required IReadOnlyList<string> Labels { get; init; }

    public required SplitRule Split { get; init; }

    public required SplitCounts Counts { get; init; }

    /// <summary>In the order of <see cref="Labels"/>.</summary>
    public required IReadOnlyList<ClassCounts> Classes { get; init; }

    public required IReadOnlyList<DroppedRows> Dropped { get; init; }

    public required IReadOnlyList<UnreadableValues> Unreadable { get; init; }

    /// <summary>Texts in which NUL was replaced.</summary>
    public required long TextsWithNul { get; init; }

    /// <summary>The files, objects or queries that the records came from, as they were read.</summary>
    public required IReadOnlyList<SourcePart> Sources { get; init; }

    /// <summary>The source's columns as its first records showed them, in its order; empty in manifests of earlier versions.</summary>
    public IReadOnlyList<SourceColumn> Schema { get; init; } = [];

    /// <summary>What is no error but was to be told of the source, complete sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Where the rows are, in order.</summary>
    public required IReadOnlyList<SnapshotFile> RowsFiles { get; init; }

    /// <summary>What is known of every user and item after the last record; null unless aggregates were asked for.</summary>
    public SnapshotFile? Entities { get; init; }

    /// <summary>How it met what was expected of it; null in snapshots from before expectations.</summary>
    public ValidationSummary? Validation { get; init; }

    public required string CodeVersion { get; init; }

    /// <summary>Every file whose hash is known.</summary>
    [JsonIgnore]
    public IEnumerable<SnapshotFile> Files => Entities is null ? RowsFiles : RowsFiles.Append(Entities);

    /// <summary>Bytes of them.</summary>
    [JsonIgnore]
    public long Size => Files.Sum(file => file.Size);

    /// <summary>Says what a manifest of format 1 says in the words of this one.</summary>
    internal static void UpgradeFirst(JsonObject manifest)
    {
        var (rows, source) = (manifest["rowsFile"]!.AsObject(), manifest["source"]!.AsObject());
        var counts = manifest["counts"]!;
        rows["name"] = rows["path"]!.DeepClone();
        rows["rows"] = counts["train"]!.GetValue<long>() + counts["valid"]!.GetValue<long>() + counts["test"]!.GetValue<long>();
        source["name"] = source["path"]!.DeepClone();
        manifest["rowsFiles"] = new JsonArray(rows.DeepClone());
        manifest["sources"] = new JsonArray(source.DeepClone());
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(SnapshotManifest))]
internal sealed partial class SnapshotJson : JsonSerializerContext;
