using System.Buffers;
using Plumbline.Datasets.Sources;

namespace Plumbline.Datasets.Drift;

/// <summary>
/// Injects drift into batches of records. What becomes of a record depends on the options, the survey, the record and its number alone. Thread-safe.
/// </summary>
internal sealed class DriftInjection
{
    private readonly DriftInjectionOptions _options;
    private readonly SchemaMapping _mapping;
    private readonly DriftSchedule _schedule;
    private readonly ClassDrift _classes;
    private readonly bool[] _drifts = new bool[Enum.GetValues<DriftInjectionKind>().Length];
    private readonly bool[] _emptied;
    private readonly double _first;
    private readonly double _last;
    private readonly double _records;

    /// <param name="columns">Of the source.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="DatasetException">The source has not what a kind of drift needs.</exception>
    public DriftInjection(DriftInjectionOptions options, IReadOnlyList<string> columns, SchemaMapping mapping, DriftSurvey survey)
    {
        options.Validate();
        (_options, _mapping, _records) = (options, mapping, survey.Records);
        foreach (var kind in options.Kinds)
            _drifts[(int)kind] = true;
        (_first, _last) = options.Axis == DriftAxis.Time ? (survey.FirstTime, survey.LastTime) : (0, 1);
        if (double.IsNaN(_first))
            throw new DatasetException(mapping.Time is null ? "The source has no column of times for the drift to follow. Name one with --time, or let it begin at a share of the rows, such as 0.5"
                : $"None of the times in '{mapping.Time.Name}' can be read. Name another column with --time, or let the drift begin at a share of the rows, such as 0.5");
        if (options.From > _last)
            throw new DatasetException(FormattableString.Invariant($"The drift begins after the last record, at {Describe(options.From)}; that is of {Describe(_last)}"));
        _schedule = new DriftSchedule(options, _last);
        _classes = new ClassDrift(survey, options.Seed);
        if (_classes.Classes < 2 && (Drifts(DriftInjectionKind.ClassPrior) || Drifts(DriftInjectionKind.LabelMeaning)))
            throw new DatasetException($"'{mapping.Label!.Name}' has one label, so that neither the class prior nor its meaning can drift. Name another column with --label");
        _emptied = [.. columns.Select((_, column) => IsEmptied(column))];
        EmptiedColumns = [.. columns.Where((_, column) => _emptied[column])];
        if (EmptiedColumns.Count == 0 && Drifts(DriftInjectionKind.Missing))
            throw new DatasetException("The source has no feature columns whose values could go missing. Name some with --numeric or --categorical");
    }

    public IReadOnlyList<string> EmptiedColumns { get; }

    /// <param name="position">0-based number in the source of the first record.</param>
    public DriftedBatch Apply(FieldBatch batch, long position)
    {
        var work = new Work(batch, _options.Windows);
        for (var record = 0; record < batch.Count; record++)
            Apply(work, record, (ulong)(position + record));
        return new DriftedBatch(new FieldBatch(batch.File, 1, batch.Columns, work.Fields.WrittenSpan.ToArray(), [.. work.Ends]), [.. work.Copies], work.Tally);
    }

    /// <param name="tally">Of all batches.</param>
    public DriftInjectionReport Report(DriftTally tally)
    {
        var width = (_last - _first) / _options.Windows;
        return new DriftInjectionReport
        {
            FormatVersion = DriftInjectionReport.CurrentFormat,
            Options = _options,
            Mapping = _mapping,
            RowsRead = (long)_records,
            RowsWritten = tally.Written,
            RowsWithoutTime = tally.Unplaced,
            ShrinkingLabels = Drifts(DriftInjectionKind.ClassPrior) ? _classes.Shrinking : [],
            LabelSuccessors = Drifts(DriftInjectionKind.LabelMeaning) ? _classes.Successors : new Dictionary<string, string>(),
            EmptiedColumns = Drifts(DriftInjectionKind.Missing) ? EmptiedColumns : [],
            Windows = [.. Enumerable.Range(0, _options.Windows).Select(window => tally.Window(window, _first + (window * width), _first + ((window + 1) * width), _options.Kinds))],
        };
    }

    private void Apply(Work work, int record, ulong number)
    {
        var (batch, tally) = (work.Batch, work.Tally);
        var point = _options.Axis == DriftAxis.Time ? DriftSurvey.TimeOf(batch, record, _mapping) : number / _records;
        work.Window = WindowOf(point);
        var strength = _schedule.At(point);
        var label = FieldCleaning.Trim(batch.Field(_mapping.Label!.Index, record));
        var copies = Drifts(DriftInjectionKind.ClassPrior) ? _classes.Copies(label, strength, number) : 1;
        tally.Add(work.Window, strength, copies);
        if (copies != 1)
            work.Changed(DriftInjectionKind.ClassPrior);
        if (copies == 0)
            return;
        work.Copies.Add(copies);
        var emptied = false;
        for (var column = 0; column < batch.Columns; column++)
        {
            var field = batch.Field(column, record);
            if (strength == 0)
                work.Fields.Write(field);
            else if (column == _mapping.Text.Index)
                WriteText(field, strength, number, work);
            else if (column == _mapping.Label.Index && !label.IsEmpty && Happens(DriftInjectionKind.LabelMeaning, strength, number))
                WriteLabel(label, work);
            else if (_emptied[column] && Happens(DriftInjectionKind.Missing, strength, number + ((ulong)column << 48)))
                emptied |= !field.IsEmpty;
            else
                work.Fields.Write(field);
            work.Ends.Add(work.Fields.WrittenCount);
        }
        if (emptied)
            work.Changed(DriftInjectionKind.Missing);
    }

    private void WriteText(ReadOnlySpan<byte> text, double strength, ulong number, Work work)
    {
        if (Drifts(DriftInjectionKind.Vocabulary))
        {
            VocabularyDrift.Write(text, strength, _options.Seed, work.Next());
            text = work.Take(DriftInjectionKind.Vocabulary, text);
        }
        if (Drifts(DriftInjectionKind.Length) && !FieldCleaning.IsBlank(text))
        {
            LengthDrift.Write(text, Math.Pow(_options.LengthFactor, strength), DriftKeys.Of(DriftInjectionKind.Length, _options.Seed, number), work.Next());
            text = work.Take(DriftInjectionKind.Length, text);
        }
        if (Happens(DriftInjectionKind.Language, strength, number))
        {
            ScriptCipher.Write(text, work.Next());
            text = work.Take(DriftInjectionKind.Language, text);
        }
        work.Fields.Write(text);
    }

    private void WriteLabel(ReadOnlySpan<byte> label, Work work)
    {
        work.Fields.Write(_classes.Successor(label));
        work.Changed(DriftInjectionKind.LabelMeaning);
    }

    /// <summary>Numeric and categorical inputs where there are some; else every column that has no other role.</summary>
    private bool IsEmptied(int column) => _mapping.Numeric.Count + _mapping.Categorical.Count > 0
        ? _mapping.Numeric.Concat(_mapping.Categorical).Any(input => input.Index == column)
        : !_mapping.Columns.Any(mapped => mapped.Index == column);

    private bool Drifts(DriftInjectionKind kind) => _drifts[(int)kind];

    private bool Happens(DriftInjectionKind kind, double strength, ulong what) => Drifts(kind) && DriftKeys.Uniform(kind, _options.Seed, what) < strength;

    private int WindowOf(double point) => double.IsNaN(point) ? -1
        : _last > _first ? Math.Clamp((int)((point - _first) / (_last - _first) * _options.Windows), 0, _options.Windows - 1) : 0;

    private string Describe(double point) => _options.Axis == DriftAxis.Position ? FormattableString.Invariant($"{point}")
        : DateTimeOffset.UnixEpoch.AddSeconds(Math.Clamp(point, -62_135_596_800, 253_402_300_799)).ToString("O", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>A batch under change.</summary>
    private sealed class Work(FieldBatch batch, int windows)
    {
        private readonly ArrayBufferWriter<byte>[] _texts = [new(4096), new(4096)];
        private int _text;

        public FieldBatch Batch => batch;

        public ArrayBufferWriter<byte> Fields { get; } = new(64 << 10);

        public List<int> Ends { get; } = new(batch.Count * batch.Columns);

        /// <summary>Of each record that stays.</summary>
        public List<int> Copies { get; } = new(batch.Count);

        public DriftTally Tally { get; } = new(windows);

        /// <summary>Of the current record.</summary>
        public int Window { get; set; }

        /// <summary>Where the next version of a text goes; the one before lives on.</summary>
        public ArrayBufferWriter<byte> Next()
        {
            _text = 1 - _text;
            _texts[_text].ResetWrittenCount();
            return _texts[_text];
        }

        public ReadOnlySpan<byte> Take(DriftInjectionKind kind, ReadOnlySpan<byte> before)
        {
            var after = _texts[_text].WrittenSpan;
            if (!after.SequenceEqual(before))
                Changed(kind);
            return after;
        }

        public void Changed(DriftInjectionKind kind)
        {
            if (Window >= 0)
                Tally.Changed(Window, kind);
        }
    }
}

/// <summary>Records after their drift, in the order of those before but for some left out.</summary>
/// <param name="Copies">How often each of <paramref name="Fields"/> stands in the output: thousands of times where a rare class takes the place of a common one.</param>
internal sealed record DriftedBatch(FieldBatch Fields, int[] Copies, DriftTally Tally);
