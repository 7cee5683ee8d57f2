using Plumbline.Datasets;
using Plumbline.Datasets.Sources;
using Plumbline.Features;

namespace Plumbline.Inference.Batch;

/// <param name="Index">Position in the source.</param>
/// <param name="Type">What its first values are.</param>
/// <param name="StoredType">What Parquet calls its type where that can be written again as it was; else null.</param>
internal sealed record KeptColumn(int Index, string Name, FieldType Type, string? StoredType);

/// <summary>Which column of an input is what.</summary>
/// <param name="Inputs">Column of each numeric input and aggregate in contract order; −1 where the source does not have it.</param>
internal sealed record InputColumns(SchemaMapping Mapping, int[] Inputs, KeptColumn[] Kept, bool HasEntities)
{
    private static readonly string[] StoredTypes =
        ["BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "FLOAT", "DOUBLE", "DATE", "TIMESTAMP"];

    /// <exception cref="DatasetException">A column is missing or ambiguous, or one that is kept is called like one of the answers.</exception>
    public static InputColumns Find(BatchOptions options, IPredictor predictor, SourceFile first)
    {
        var contract = predictor.Manifest?.Contract.Options;
        var aggregates = contract?.Numeric.Aggregates ?? [];
        var inputs = predictor.NumericFeatures.Where(feature => feature.Source == NumericFeatureSource.Input).Select(feature => feature.Name);
        var source = Source.Complete(options.Source, options.Usual, first.Columns);
        var named = source with
        {
            Numeric = [.. inputs, .. aggregates.Where(first.Columns.Contains)],
            Categorical = contract?.Categorical.Inputs ?? [],
        };
        var mapping = ColumnFinder.Find(named, first.Columns, first.Sample, labelled: false, entities: aggregates.Count > 0);
        var schema = SchemaInference.Infer(first.Columns, first.Sample, mapping);
        return new InputColumns(mapping, Source.Columns(mapping, aggregates), [.. options.Keep.Select(name => Keep(name, options, predictor, first, schema))], aggregates.Count > 0);
    }

    /// <summary>Texts alone, in the first column.</summary>
    public static InputColumns OfTexts(IPredictor predictor)
    {
        var aggregates = predictor.Manifest?.Contract.Options.Numeric.Aggregates.Count ?? 0;
        var inputs = predictor.NumericFeatures.Count(feature => feature.Source == NumericFeatureSource.Input);
        return new InputColumns(
            new SchemaMapping(new MappedColumn(0, "text", "named"), null, null, null, null, null, []), [.. Enumerable.Repeat(-1, inputs + aggregates)], [], HasEntities: false);
    }

    /// <summary>Whether a column of the source is read.</summary>
    public bool IsWanted(int column) => Mapping.Columns.Any(mapped => mapped.Index == column) || Kept.Any(kept => kept.Index == column);

    private static KeptColumn Keep(string name, BatchOptions options, IPredictor predictor, SourceFile first, SourceSchema schema)
    {
        var found = Enumerable.Range(0, first.Columns.Count).Where(column => string.Equals(first.Columns[column], name, StringComparison.Ordinal)).ToArray();
        if (found.Length != 1)
            throw new DatasetException($"{options.Source.Name} has {(found.Length == 0 ? "no" : "more than one")} column '{name}' to keep. Its columns: {FieldCleaning.QuoteAll(first.Columns)}");
        // DuckDB, which writes Parquet, takes names that differ by case alone for one.
        if (AnswerColumns.Names(predictor, options).Contains(name, StringComparer.OrdinalIgnoreCase))
            throw new DatasetException($"Column '{name}' cannot be kept: a column of the answers is called so. Rename it in the input");
        var type = first.TypeOf(found[0]);
        return new KeptColumn(found[0], name, schema.Columns[found[0]].Type, type is not null && (StoredTypes.Contains(type) || type.StartsWith("DECIMAL(", StringComparison.Ordinal)) ? type : null);
    }
}
