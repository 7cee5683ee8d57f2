using System.Globalization;
using System.Text;
using Plumbline.Datasets.Duplicates;
using Plumbline.Datasets.Profiling;
using Plumbline.Datasets.Sources;
using Plumbline.Storage;

namespace Plumbline.Datasets.Expectations;

/// <summary>
/// Checks the records of one ingest against what is expected of the data set: those of each record while it is read, the others when all is known.
/// <see cref="Check"/> is thread-safe, the rest is not.
/// </summary>
internal sealed class Validation : IDisposable
{
    public const string ResultFile = "validation.json";
    public const string PageFile = "validation.html";

    private readonly IngestOptions _options;
    private readonly Home _home;
    private readonly SourceReader _source;
    private readonly ExpectationSuite _suite;
    private readonly ColumnNames _columns;
    private readonly RowChecks _checks;
    private readonly RowTallies _tallies;
    private readonly LatestSnapshot? _latest;
    private readonly DateTimeOffset _now;
    private readonly Lazy<(DataProfile? Profile, string? Problem)> _previous;
    private string? _folder;
    private Quarantine? _quarantine;
    private Expectation[] _exceeded = [];
    private long _rows;

    /// <exception cref="DatasetException">The suite stored for the data set cannot be used.</exception>
    public Validation(IngestOptions options, Home home, SourceReader source, SchemaMapping mapping)
    {
        _options = options;
        _home = home;
        _source = source;
        _now = options.Time.GetUtcNow();
        _suite = ExpectationSuite.Resolve(home, options.DataSet, options.Expectations);
        _columns = new ColumnNames(source.Columns, mapping);
        _checks = RowChecks.Compile(_suite.Expectations, _columns);
        _tallies = new RowTallies(_checks);
        _latest = LatestSnapshot.Read(home, options.DataSet);
        _previous = new(ReadPrevious);
    }

    /// <param name="folder">Where files will be written, one that is not visible yet. Without it there is no report and no quarantine.</param>
    public void Open(string folder)
    {
        _folder = folder;
        _quarantine = new Quarantine(folder, _source, _options.Threads);
    }

    public RowFindings Check(FieldBatch fields) => _checks.Check(fields);

    /// <summary>Takes what <see cref="Check"/> found, batch by batch in source order.</summary>
    public void Add(FieldBatch fields, RowFindings findings)
    {
        _rows += fields.Count;
        _tallies.Add(fields, findings);
    }

    /// <summary>Whether a record of the batch last added breaks an expectation of severity fail.</summary>
    public bool IsBroken(int record) => _tallies.BrokenBy(record).Count > 0;

    /// <summary>Puts a record of the batch last added into the quarantine.</summary>
    public void LeaveOut(FieldBatch fields, int record, RejectReason reason)
    {
        if (_quarantine is null)
            return;
        var broken = _tallies.BrokenBy(record);
        var names = broken.Select(check => check.Expectation.Name);
        if (reason == RejectReason.Expectation)
            _quarantine.Add(fields, record, broken[0].Expectation.Name, broken[0].Column, broken[0].Excerpt(fields, record), string.Join(", ", names.Skip(1)));
        else
            _quarantine.Add(
                fields, record, ExpectationGrammar.NameOf(reason), ColumnOf(reason), RowTallies.Excerpt(FieldCleaning.Trim(fields.Field(ColumnOf(reason), record))), string.Join(", ", names));
    }

    /// <summary>Which records are to go to quarantine because an expectation of severity fail counts too many of them.</summary>
    public TextFaults FailedOf(TextCounts counts)
    {
        _exceeded = _quarantine is null ? [] : [.. _suite.Expectations.Where(expectation =>
            expectation.Severity == Severity.Fail && TableChecks.FaultsOf(expectation) != TextFaults.None && TableChecks.IsExceeded(expectation, counts))];
        return _exceeded.Aggregate(TextFaults.None, (faults, expectation) => faults | TableChecks.FaultsOf(expectation));
    }

    /// <summary>Puts a record that has some of <see cref="FailedOf"/> into the quarantine.</summary>
    /// <param name="fields">By column of the source.</param>
    public void LeaveOut(int file, long row, TextFaults faults, ReadOnlySpan<byte> text, byte[]?[] fields)
    {
        var names = _exceeded.Where(expectation => (TableChecks.FaultsOf(expectation) & faults) != TextFaults.None).Select(expectation => expectation.Name).Distinct().ToArray();
        _quarantine!.Add(file, row, names[0], _columns.Mapping.Text.Index, RowTallies.Excerpt(FieldCleaning.Trim(text)), string.Join(", ", names.Skip(1)), fields);
    }

    /// <param name="profile">Null where the records cannot become a snapshot.</param>
    /// <param name="snapshot">Digest; null where none is published.</param>
    public ValidationResult Evaluate(DataProfile? profile, string? snapshot)
    {
        var facts = new TableFacts(_columns, _rows, profile, _previous.Value.Profile, _now, _previous.Value.Problem);
        var ofRows = new Dictionary<Expectation, ExpectationResult>(ReferenceEqualityComparer.Instance);
        foreach (var result in _tallies.Results())
            ofRows.Add(result.ExpectationConfig, result);
        var results = _suite.Expectations.Select(expectation => ofRows.TryGetValue(expectation, out var ofRow) ? ofRow : TableChecks.Evaluate(expectation, facts)).ToArray();
        var statistics = ValidationStatistics.Of(results);
        return new ValidationResult
        {
            FormatVersion = ValidationResult.CurrentFormat,
            Success = statistics.FailedExpectations == 0,
            Statistics = statistics,
            Meta = new ValidationMeta(
                _options.DataSet, _now, [.. _source.Parts.Select(part => _options.OriginOf(part.Name))], snapshot, _latest?.Snapshot, _rows, _quarantine?.Count ?? 0, Plumbline.CodeVersion.Current),
            Results = results,
        };
    }

    /// <summary>Writes result, page and quarantine.</summary>
    public void Write(ValidationResult result, DataProfile? profile, CancellationToken stop)
    {
        _quarantine!.Finish(stop);
        File.WriteAllText(Path.Combine(_folder!, ResultFile), result.ToJson());
        File.WriteAllText(Path.Combine(_folder!, PageFile), ValidationPage.Render(new ValidationReport(result, Comparisons(profile))));
    }

    /// <summary>Publishes what <see cref="Write"/> wrote as a folder of its own, which no snapshot is part of.</summary>
    /// <returns>The folder.</returns>
    public string Keep()
    {
        using var folder = AtomicDirectory.Create(_home.Validations);
        foreach (var name in new[] { ResultFile, PageFile, Quarantine.FileName })
            if (File.Exists(Path.Combine(_folder!, name)))
                File.Move(Path.Combine(_folder!, name), Path.Combine(folder.Path, name));
        var id = _now.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        for (var attempt = 1; ; attempt++)
        {
            var name = attempt == 1 ? id : string.Create(CultureInfo.InvariantCulture, $"{id}-{attempt}");
            if (folder.Publish(name))
                return Path.Combine(_home.Validations, name);
        }
    }

    /// <summary>Notes the snapshot as the data set's latest and, the first time, what may be expected of the next.</summary>
    public void Remember(string digest, DataProfile profile)
    {
        if (ExpectationSuite.ReadInferred(_home, _options.DataSet) is null)
            ExpectationSuite.WriteInferred(_home, _options.DataSet, Infer(profile));
        LatestSnapshot.Write(_home, _options.DataSet, digest, _now);
    }

    public IReadOnlyList<Expectation> Infer(DataProfile profile) => SuiteInference.Infer(profile, _columns);

    public void Dispose()
    {
        _tallies.Dispose();
        _quarantine?.Dispose();
    }

    /// <summary>Why nothing was published, in one line.</summary>
    public static string Explain(string source, ValidationResult result, string folder)
    {
        var failed = result.Unmet.Where(unmet => unmet.ExpectationConfig.Severity == Severity.Fail).ToArray();
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"{source}: {failed.Length} of {result.Results.Count} expectations failed, so nothing was published. "));
        text.AppendJoin(". ", failed.Take(3).Select(unmet => $"{ExpectationText.Subject(unmet.ExpectationConfig)}: {ExpectationText.Finding(unmet)}"));
        if (failed.Length > 3)
            text.Append(CultureInfo.InvariantCulture, $". And {failed.Length - 3} more");
        text.Append($". Report: {Path.Combine(folder, PageFile)}");
        if (File.Exists(Path.Combine(folder, Quarantine.FileName)))
            text.Append($". Records left out: {Path.Combine(folder, Quarantine.FileName)}");
        return text.ToString();
    }

    /// <summary>One that cannot be used stops no ingest: what is compared with it is skipped then.</summary>
    private (DataProfile?, string?) ReadPrevious()
    {
        try
        {
            return (_latest is null ? null : DataProfile.Read(Path.Combine(_home.Snapshots, _latest.Snapshot, Snapshot.ProfileFileName)), null);
        }
        catch (DatasetException e)
        {
            return (null, e.Message);
        }
    }

    private int ColumnOf(RejectReason reason) =>
        reason is RejectReason.NoLabel or RejectReason.DroppedLabel ? _columns.Mapping.Label!.Index : _columns.Mapping.Text.Index;

    private List<(string Column, Distribution Distribution)> Comparisons(DataProfile? profile)
    {
        if (profile is null || _previous.Value.Profile is not { } previous)
            return [];
        var mapping = _columns.Mapping;
        var names = new[] { mapping.Label, mapping.Text }.OfType<MappedColumn>().Concat(mapping.Numeric).Concat(mapping.Categorical).Select(column => column.Name)
            .Concat(_suite.Expectations.Where(expectation => expectation.Arguments is { Threshold: not null, Column: not null }).Select(expectation => _columns.Find(expectation.Arguments.Column!))
                .Where(column => column >= 0).Select(column => _columns.All[column]));
        return [.. names.Distinct(StringComparer.Ordinal).Select(name => (name, Distribution.Of(name, _columns, profile, previous)!)).Where(pair => pair.Item2 is not null)];
    }
}
