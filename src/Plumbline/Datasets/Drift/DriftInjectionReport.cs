using System.Text.Json;
using System.Text.Json.Serialization;

namespace Plumbline.Datasets.Drift;

/// <summary>What was injected, so that a detector can be judged by it; docs/specs/drift-injection.md.</summary>
public sealed record DriftInjectionReport
{
    public const int CurrentFormat = 1;

    public required int FormatVersion { get; init; }

    public required DriftInjectionOptions Options { get; init; }

    /// <summary>Which column is what.</summary>
    public required SchemaMapping Mapping { get; init; }

    public required long RowsRead { get; init; }

    public required long RowsWritten { get; init; }

    /// <summary>Rows without a time that can be read; they stay as they are. 0 where the axis is the position.</summary>
    public required long RowsWithoutTime { get; init; }

    /// <summary>Labels of the classes that grow rare; empty unless the class prior drifts.</summary>
    public required IReadOnlyList<string> ShrinkingLabels { get; init; }

    /// <summary>What each label becomes; empty unless the meaning of labels drifts.</summary>
    public required IReadOnlyDictionary<string, string> LabelSuccessors { get; init; }

    /// <summary>Columns whose values go missing; empty unless they do.</summary>
    public required IReadOnlyList<string> EmptiedColumns { get; init; }

    /// <summary>Equal parts of the axis, in order.</summary>
    public required IReadOnlyList<DriftWindow> Windows { get; init; }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, DriftInjectionJson.Default.DriftInjectionReport);
}

/// <param name="From">On the axis.</param>
/// <param name="To">Not in it, except for the last window.</param>
/// <param name="Strength">Mean over its rows.</param>
/// <param name="Changed">Rows of it that each kind changed, left out or repeated.</param>
public sealed record DriftWindow(
    double From, double To, long RowsRead, long RowsWritten, double Strength, IReadOnlyDictionary<DriftInjectionKind, long> Changed);

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DictionaryKeyPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(DriftInjectionReport))]
internal sealed partial class DriftInjectionJson : JsonSerializerContext;
