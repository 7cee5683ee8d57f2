using Plumbline.Datasets.Sources;

namespace Plumbline.Datasets.Drift;

/// <summary>What must be known of all records before the first may be changed. Immutable once made, so safe to share.</summary>
internal sealed class DriftSurvey
{
    private readonly List<long> _counts = [];

    /// <summary>As they stand in the source but for white space at both ends, in order of appearance.</summary>
    public Utf8Index Labels { get; } = new();

    /// <summary>Records of each label.</summary>
    public IReadOnlyList<long> Counts => _counts;

    public long Records { get; private set; }

    /// <summary>Seconds since 1970; NaN where no record has a time.</summary>
    public double FirstTime { get; private set; } = double.NaN;

    public double LastTime { get; private set; } = double.NaN;

    public static DriftSurvey Of(IEnumerable<FieldBatch> batches, SchemaMapping mapping)
    {
        var survey = new DriftSurvey();
        foreach (var batch in batches)
            for (var record = 0; record < batch.Count; record++)
                survey.Add(batch, record, mapping);
        return survey;
    }

    /// <summary>NaN where the record has no time that can be read.</summary>
    public static double TimeOf(FieldBatch batch, int record, SchemaMapping mapping) =>
        mapping.Time is { } time && TimeParser.TryParse(FieldCleaning.Trim(batch.Field(time.Index, record)), out var microseconds, out _) ? microseconds / 1e6 : double.NaN;

    private void Add(FieldBatch batch, int record, SchemaMapping mapping)
    {
        Records++;
        var label = Labels.Add(FieldCleaning.Trim(batch.Field(mapping.Label!.Index, record)));
        if (label == _counts.Count)
            _counts.Add(0);
        _counts[label]++;
        var time = TimeOf(batch, record, mapping);
        if (double.IsNaN(time))
            return;
        FirstTime = FirstTime <= time ? FirstTime : time;
        LastTime = LastTime >= time ? LastTime : time;
    }
}
