using Plumbline.Datasets.Duplicates;
using Plumbline.Datasets.Expectations;
using Plumbline.Datasets.Profiling;
using Plumbline.Datasets.Sources;

namespace Plumbline.Datasets;

/// <summary>Why a record cannot be part of any snapshot.</summary>
internal enum RejectReason
{
    NoText,
    NoLabel,
    TooShort,
    TooLong,
    DroppedLabel,

    /// <summary>Than <see cref="Preparation.PreparationOptions.Before"/>.</summary>
    TooLate,
    Expectation,
}

/// <summary>What the parallel stage makes of a batch of fields; entry i of each array is about record i of the batch, rejected ones left empty.</summary>
internal sealed class ParsedBatch(FieldBatch fields, int numbers, FingerprintBatch fingerprints)
{
    public FieldBatch Fields => fields;

    public RejectReason?[] Rejected { get; } = new RejectReason?[fields.Count];

    public FingerprintBatch Fingerprints => fingerprints;

    public TextDigest[] Texts { get; } = new TextDigest[fields.Count];

    public int[] Characters { get; } = new int[fields.Count];

    public long[] Times { get; } = new long[fields.Count];

    public long[] LabelTimes { get; } = new long[fields.Count];

    public double[] Numbers { get; } = new double[fields.Count * numbers];

    public Split[] Splits { get; } = new Split[fields.Count];

    /// <summary>Texts in which NUL was replaced, by record.</summary>
    public Dictionary<int, byte[]> Replaced { get; } = [];

    /// <summary>How the times that could be read are written.</summary>
    public TimeForms TimeForms { get; set; }

    /// <summary>Records whose time is present but cannot be read.</summary>
    public List<int> UnreadableTimes { get; } = [];

    /// <summary>Records and numeric columns whose value is present but no finite number.</summary>
    public List<(int Record, int Input)> UnreadableNumbers { get; } = [];

    public required RowFindings Findings { get; init; }

    /// <summary>What the profile takes from the batch.</summary>
    public BatchFacts? Facts { get; set; }

    /// <summary>The text as it enters the snapshot.</summary>
    public ReadOnlySpan<byte> Text(int record, int column) => Replaced.Count > 0 && Replaced.TryGetValue(record, out var text) ? text : fields.Field(column, record);
}
