using System.Text;
using Plumbline.Datasets.Sources;

namespace Plumbline.Datasets.Expectations;

/// <summary>Adds up what <see cref="RowChecks"/> finds, batch by batch in source order. Not thread-safe.</summary>
internal sealed class RowTallies : IDisposable
{
    /// <summary>Characters of a value in reports and quarantine.</summary>
    public const int ValueCharacters = 200;

    private readonly RowChecks _checks;
    private readonly long[] _missing;
    private readonly long[] _unexpected;
    private readonly List<(SourceRow Row, string Value)>[] _examples;
    private readonly UniqueValues?[] _unique;
    private readonly Dictionary<int, List<RowCheck>> _broken = [];
    private long _rows;

    public RowTallies(RowChecks checks)
    {
        _checks = checks;
        _missing = new long[checks.Checks.Count];
        _unexpected = new long[checks.Checks.Count];
        _examples = [.. checks.Checks.Select(_ => new List<(SourceRow, string)>())];
        _unique = [.. checks.Checks.Select(check => check.IsOfRepeats ? new UniqueValues() : null)];
    }

    public void Add(FieldBatch fields, RowFindings findings)
    {
        _broken.Clear();
        _rows += fields.Count;
        foreach (var (check, record) in findings.Failures)
            Tell(fields, check, record);
        for (var i = 0; i < _missing.Length; i++)
        {
            _missing[i] += findings.Missing[i];
            _unexpected[i] += findings.Unexpected[i];
            if (_unique[i] is { } unique)
                AddRepeats(fields, i, findings.Hashes[i], unique);
        }
    }

    /// <summary>The expectations of severity fail that a record of the last batch breaks; empty for most.</summary>
    public IReadOnlyList<RowCheck> BrokenBy(int record) => _broken.Count > 0 && _broken.TryGetValue(record, out var broken) ? broken : [];

    /// <summary>One for each of the checks, in their order.</summary>
    public IEnumerable<ExpectationResult> Results() => _checks.Checks.Select((check, i) =>
    {
        // Of nulls every record is judged; of the others those that have a value.
        var judged = check.IsOfNulls ? _rows : _rows - _missing[i];
        var met = _unexpected[i] == 0 || judged - _unexpected[i] >= (check.Expectation.Arguments.Mostly ?? 1) * judged;
        return new ExpectationResult(met, check.Expectation, new Observation
        {
            ElementCount = _rows,
            MissingCount = _missing[i],
            UnexpectedCount = _unexpected[i],
            UnexpectedPercent = judged == 0 ? 0 : 100.0 * _unexpected[i] / judged,
            PartialUnexpectedList = [.. _examples[i].Select(example => example.Value)],
            PartialUnexpectedIndexList = [.. _examples[i].Select(example => example.Row)],
        });
    });

    public void Dispose()
    {
        foreach (var unique in _unique)
            unique?.Dispose();
    }

    /// <summary>A value as reports and quarantine have it: from its beginning, or from a little before what is wrong with it.</summary>
    /// <param name="fault">Byte at which that begins.</param>
    public static string Excerpt(ReadOnlySpan<byte> utf8, int fault = 0)
    {
        var start = fault <= ValueCharacters / 2 ? 0 : fault - (ValueCharacters / 4);
        while (start > 0 && (utf8[start] & 0xC0) == 0x80)
            start++;
        // A scalar value has at most four bytes.
        utf8 = utf8[start..];
        var text = Encoding.UTF8.GetString(utf8.Length > 4 * ValueCharacters ? utf8[..(4 * ValueCharacters)] : utf8);
        if (start > 0)
            text = $"…{text}";
        if (text.Length <= ValueCharacters)
            return text;
        return text[..(char.IsHighSurrogate(text[ValueCharacters - 1]) ? ValueCharacters - 1 : ValueCharacters)];
    }

    private void AddRepeats(FieldBatch fields, int check, UInt128[] hashes, UniqueValues unique)
    {
        for (var record = 0; record < hashes.Length; record++)
        {
            if (hashes[record] == UInt128.Zero || unique.Add(hashes[record]))
                continue;
            _unexpected[check]++;
            Tell(fields, check, record);
        }
    }

    private void Tell(FieldBatch fields, int number, int record)
    {
        var check = _checks.Checks[number];
        if (_examples[number].Count < RowChecks.Examples)
            _examples[number].Add((new SourceRow(fields.File, fields.Row(record)), check.Excerpt(fields, record)));
        if (check.Expectation.Severity != Severity.Fail)
            return;
        if (!_broken.TryGetValue(record, out var broken))
            _broken[record] = broken = [];
        broken.Add(check);
    }
}
