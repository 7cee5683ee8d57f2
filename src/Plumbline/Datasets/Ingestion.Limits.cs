using Plumbline.Datasets.Aggregates;
using Plumbline.Datasets.Sources;

namespace Plumbline.Datasets;

/// <summary>How much one ingest can remember of its records.</summary>
internal sealed partial class Ingestion
{
    private void CheckRoom(FieldBatch fields)
    {
        var (columns, kind) = _noNumber.Length >= _categories.Length ? (_noNumber.Length, "numeric") : (_categories.Length, "categorical");
        if (_rows.HasRoomFor(fields.Count, columns))
            return;
        throw _source.Error(fields.File, fields.Row(0), columns > 1
            ? FormattableString.Invariant($"{RowFacts.MostValues:#,0} values of {kind} columns are as many as one ingest can remember, and there are {columns} such columns. Name fewer with --{kind}, or split the source")
            : FormattableString.Invariant($"{RowFacts.MostValues:#,0} records are as many as one ingest can remember. Split the source"));
    }

    private int NumberOf(EntityIndex entities, MappedColumn column, FieldBatch fields, int record)
    {
        var id = FieldCleaning.Name(fields.Field(column.Index, record));
        try
        {
            return id.IsEmpty ? -1 : entities.Add(id);
        }
        catch (OverflowException)
        {
            throw _source.Error(fields.File, fields.Row(record), FormattableString.Invariant(
                $"'{FieldCleaning.Quote(column.Name)}' has more than {entities.Count:#,0} different values, 2 GiB of which are as many as one ingest can remember. Shorten them, or split the source"));
        }
    }
}
