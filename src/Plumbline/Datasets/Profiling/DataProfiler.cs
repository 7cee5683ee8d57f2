using Plumbline.Datasets.Sources;

namespace Plumbline.Datasets.Profiling;

/// <summary>
/// Makes the profile of a source while it is ingested: facts of each batch in the parallel stage, gathered in the order of the batches; texts that are to be
/// looked at again when they come by in the second pass. Only <see cref="Profile"/> is thread-safe.
/// </summary>
internal sealed class DataProfiler : IDisposable
{
    private const int DetectedTexts = 2_000;

    private readonly SchemaMapping _mapping;
    private readonly BatchProfiler _batches;
    private readonly ColumnCollector[] _columns;
    private readonly RowSample _sample;
    private readonly TextMarkCounts _marks = new();
    private readonly long[] _scripts = new long[Text.Script.Names.Length];
    private readonly TextLanguage _language = new();
    private readonly Dictionary<string, long> _languages = new(StringComparer.Ordinal);
    private NumberCollector _words;
    private long _rows;
    private LabelCollector? _labels;
    private MarkingWords? _marking;
    private RowFacts? _facts;
    private ulong _lastDetected;
    private int _next;

    public DataProfiler(SourceSchema schema, SchemaMapping mapping)
    {
        _mapping = mapping;
        _batches = new BatchProfiler([.. schema.Columns.Select(column => column.Type)], mapping.Text.Index, mapping.Time?.Index ?? -1);
        _columns = [.. schema.Columns.Select((column, index) => new ColumnCollector(index, column))];
        _sample = new RowSample(schema.Columns.Count);
    }

    /// <summary>Where texts are ordered that examples show.</summary>
    public TextExcerpts Excerpts { get; } = new();

    /// <summary>The parallel stage.</summary>
    public BatchFacts Profile(FieldBatch fields, ParsedBatch? parsed) => _batches.Profile(fields, parsed);

    /// <summary>Gathers a batch; then follows each of its records.</summary>
    public void Take(FieldBatch fields, BatchFacts facts)
    {
        foreach (var column in _columns)
            column.Take(fields, facts);
        _marks.Add(facts.Marks);
        for (var script = 0; script < _scripts.Length; script++)
            _scripts[script] += facts.Scripts[script];
        var lengths = facts.LengthsOf(_mapping.Text.Index);
        for (var record = 0; record < lengths.Length; record++)
            if (lengths[record] != BatchFacts.Missing)
                _words.Add(facts.Words[record]);
    }

    /// <param name="label">Number of the label; <see cref="RowSample.None"/> without one.</param>
    /// <param name="taken">Where the record is in <see cref="RowFacts"/>; <see cref="RowSample.None"/> where it was left out.</param>
    public void TakeRecord(FieldBatch fields, BatchFacts facts, int record, int label, int taken) =>
        _sample.Offer(RowFacts.Origin(fields.File, fields.Row(record)), facts, record, label, taken, _rows++);

    /// <summary>Looks at what was decided of the records, and orders the texts to look at.</summary>
    public void Prepare(RowFacts rows, int labels)
    {
        _sample.Finish();
        _facts = rows;
        _labels = new LabelCollector(rows, labels, Bins()?.Starts.ToArray());
        _marking = new MarkingWords(labels);
        for (var label = 0; label < labels; label++)
            foreach (var row in _labels.ExamplesOf(label))
                Excerpts.Want(row);
        var keys = Enumerable.Range(0, _sample.Count).Where(row => _sample.Row(row).Taken >= 0).Select(row => _sample.Row(row).Key).Order().Take(DetectedTexts).ToArray();
        _lastDetected = keys.Length == 0 ? 0 : keys[^1];
    }

    /// <summary>The second pass: every text that was taken, in order.</summary>
    public void Read(int row, ReadOnlySpan<byte> text)
    {
        Excerpts.Offer(row, text);
        while (_next < _sample.Count && _sample.Row(_next).Taken < row)
            _next++;
        if (_next == _sample.Count || _sample.Row(_next).Taken != row)
            return;
        if (_labels!.IsCounted(row))
            _marking!.Add(text, _facts!.Labels[row]);
        if (_sample.Row(_next).Key > _lastDetected)
            return;
        var language = _language.Detect(text);
        _languages[language] = _languages.GetValueOrDefault(language) + 1;
    }

    /// <param name="labels">By number.</param>
    /// <param name="order">The position of each label in the profile, by its number.</param>
    public DataProfile Build(IReadOnlyList<string> labels, int[] order, DuplicateProfile duplicates)
    {
        var columns = _columns.Select(column => column.Build(_sample)).ToArray();
        var words = _marking!.Strongest();
        var profiles = new LabelProfile[labels.Count];
        for (var label = 0; label < labels.Count; label++)
            profiles[order[label]] = _labels!.Build(label, labels[label], words[label], [.. _labels.ExamplesOf(label).Select(row => Excerpts.Of(row, _facts!, labels))]);
        var predictors = LabelPredictors.Find(_sample, [.. columns.Select((column, index) => index == _mapping.Text.Index || index == _mapping.Label!.Index ? null : column.Name)]);
        var times = _mapping.Time is { } time ? _columns[time.Index].Numbers : default;
        return new DataProfile
        {
            FormatVersion = DataProfile.CurrentFormat,
            Rows = _rows,
            Columns = columns,
            Text = BuildText(columns[_mapping.Text.Index]),
            Labels = profiles,
            Duplicates = duplicates,
            Predictors = predictors ?? [],
            PredictorsMeasured = predictors is not null,
            Times = times.Count == 0 ? null : new TimeRange((long)times.Min, (long)times.Max),
            TimeBins = Bins(),
        };
    }

    public void Dispose() => _sample.Dispose();

    private TextProfile BuildText(ColumnProfile column) => new(
        column.Lengths!, _words.Build(_sample.Words(_mapping.Text.Index))!,
        Counts(_scripts.Select((count, script) => (Text.Script.Names[script], count))), Counts(_languages.Select(language => (language.Key, language.Value))),
        _marks.Of(TextMarks.ReplacementCharacter), _marks.Of(TextMarks.Mojibake), _marks.Of(TextMarks.ControlCharacter), _marks.Of(TextMarks.Markup), _marks.Of(TextMarks.Link));

    private static ValueCount[] Counts(IEnumerable<(string Name, long Count)> counts) =>
        [.. counts.Where(pair => pair.Count > 0).OrderByDescending(pair => pair.Count).ThenBy(pair => pair.Name, StringComparer.Ordinal).Select(pair => new ValueCount(pair.Name, pair.Count))];

    /// <summary>Over the times of the sample but the first and last half per cent: a stray year 0102 must not squeeze all others into one bin.</summary>
    private TimeBins? Bins()
    {
        if (_mapping.Time is not { } time || _sample.Numbers(time.Index) is not { Length: > 0 } times)
            return null;
        Array.Sort(times);
        return TimeCalendar.Divide((long)times[times.Length / 200], (long)times[times.Length - 1 - (times.Length / 200)]);
    }
}
