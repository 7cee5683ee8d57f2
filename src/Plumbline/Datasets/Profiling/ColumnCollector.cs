using Plumbline.Datasets.Sources;
using Plumbline.Statistics;

namespace Plumbline.Datasets.Profiling;

/// <summary>Gathers what the batches of a source say of one column, in their order. Not thread-safe.</summary>
internal sealed class ColumnCollector(int column, SourceColumn schema)
{
    private const int MostFrequent = 100;

    private readonly HyperLogLog _distinct = new();
    private readonly FrequentValues _values = new();
    private NumberCollector _lengths;
    private NumberCollector _numbers;
    private long _missing;
    private long _mistyped;

    public NumberCollector Numbers => _numbers;

    private bool IsText => schema.Type == FieldType.Text;

    public void Take(FieldBatch fields, BatchFacts facts)
    {
        var lengths = facts.LengthsOf(column);
        var hashes = facts.HashesOf(column);
        // Of texts only the number is shown, which the sketch knows once there are many.
        var counted = !IsText || _values.IsExact;
        for (var record = 0; record < lengths.Length; record++)
        {
            if (lengths[record] == BatchFacts.Missing)
            {
                _missing++;
                continue;
            }
            _lengths.Add(lengths[record]);
            _distinct.Add(hashes[record]);
            if (counted)
                _values.Add(hashes[record], IsText ? default : FieldCleaning.Trim(fields.Field(column, record)));
        }
        foreach (var number in facts.Numbers[column] ?? [])
            if (!double.IsNaN(number))
                _numbers.Add(number);
        _mistyped += facts.Mistyped[column];
    }

    public ColumnProfile Build(RowSample sample) => new(
        schema.Name, schema.Type, _missing, _mistyped, _values.IsExact ? _values.Counters : Math.Max(_distinct.Estimate(), FrequentValues.MostExact + 1),
        _lengths.Build(sample.Lengths(column)), _numbers.Build(sample.Numbers(column)),
        IsText ? [] : [.. _values.Largest(MostFrequent).Select(value => new ValueCount(value.Value, value.Count))]);
}
