using System.Buffers.Binary;
using System.Security.Cryptography;
using Plumbline.Datasets.Sources;

namespace Plumbline.Datasets.Expectations;

/// <summary>An expectation of each record, bound to a column of the source.</summary>
/// <param name="Check">Null for nulls and repeated values.</param>
internal sealed record RowCheck(Expectation Expectation, int Column, ValueCheck? Check)
{
    public bool IsOfNulls => Expectation.Type == ExpectationType.ExpectColumnValuesToNotBeNull;

    public bool IsOfRepeats => Expectation.Type == ExpectationType.ExpectColumnValuesToBeUnique;

    /// <summary>As much as reports and quarantine show of the value that breaks it.</summary>
    public string Excerpt(FieldBatch fields, int record)
    {
        var value = FieldCleaning.Trim(fields.Field(Column, record));
        return RowTallies.Excerpt(value, Check?.FaultIn(value) ?? 0);
    }
}

/// <summary>All expectations of each record, compiled for the columns of a source and checked in one pass. Thread-safe.</summary>
internal sealed class RowChecks
{
    /// <summary>Failures of a check that are told with row and value.</summary>
    public const int Examples = 20;

    private RowChecks(IReadOnlyList<RowCheck> checks) => Checks = checks;

    public IReadOnlyList<RowCheck> Checks { get; }

    /// <summary>Takes those of the suite that are of each record and whose column is there; the others are for <see cref="TableChecks"/>.</summary>
    public static RowChecks Compile(IEnumerable<Expectation> suite, ColumnNames columns) =>
        new([.. suite.Where(expectation => ExpectationGrammar.Of(expectation.Type).IsOfRows)
            .Select(expectation => (Expectation: expectation, Column: columns.Find(expectation.Arguments.Column!)))
            .Where(bound => bound.Column >= 0)
            .Select(bound => new RowCheck(bound.Expectation, bound.Column, ValueCheck.Of(bound.Expectation)))]);

    public RowFindings Check(FieldBatch fields)
    {
        var findings = new RowFindings(Checks.Count);
        for (var i = 0; i < Checks.Count; i++)
        {
            if (Checks[i].IsOfRepeats)
                findings.Hashes.Add(i, Hash(fields, i, findings));
            else
                Check(fields, i, findings);
        }
        return findings;
    }

    private void Check(FieldBatch fields, int number, RowFindings findings)
    {
        var check = Checks[number];
        var told = check.Expectation.Severity == Severity.Fail ? int.MaxValue : Examples;
        for (var record = 0; record < fields.Count; record++)
        {
            var value = FieldCleaning.Trim(fields.Field(check.Column, record));
            if (value.IsEmpty)
                findings.Missing[number]++;
            if (value.IsEmpty ? !check.IsOfNulls : check.Check?.Accepts(value) != false)
                continue;
            if (findings.Unexpected[number]++ < told)
                findings.Failures.Add((number, record));
        }
    }

    private UInt128[] Hash(FieldBatch fields, int number, RowFindings findings)
    {
        var hashes = new UInt128[fields.Count];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        for (var record = 0; record < hashes.Length; record++)
        {
            var value = FieldCleaning.Trim(fields.Field(Checks[number].Column, record));
            if (value.IsEmpty)
            {
                findings.Missing[number]++;
                continue;
            }
            SHA256.HashData(value, hash);
            hashes[record] = BinaryPrimitives.ReadUInt128LittleEndian(hash);
        }
        return hashes;
    }
}

/// <summary>What <see cref="RowChecks"/> found in one batch; entry i of each array is about check i.</summary>
internal sealed class RowFindings(int checks)
{
    public int[] Missing { get; } = new int[checks];

    public int[] Unexpected { get; } = new int[checks];

    /// <summary>By check, then record: all of severity fail, of the others as many as are told.</summary>
    public List<(int Check, int Record)> Failures { get; } = [];

    /// <summary>Hash of each record's value for checks on repeated values, zero where missing: what repeats is seen only in the order of the source.</summary>
    public Dictionary<int, UInt128[]> Hashes { get; } = [];
}
