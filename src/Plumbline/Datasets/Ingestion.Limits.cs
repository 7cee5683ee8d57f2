using Plumbline.Datasets.Aggregates;
using Plumbline.Datasets.Sources;

namespace Plumbline.Datasets;

/// <summary>How much one ingest can remember of its records.</summary>
internal sealed partial class Ingestion
{
    private void CheckRoom(FieldBatch fields)
    {
        if (_rows.HasRoomFor(fields.Count, _noNumber.Length))
            return;
        throw _source.Error(fields.File, fields.Row(0), _noNumber.Length > 1
            ? FormattableString.Invariant($"{RowFacts.MostValues:#,0} values of numeric columns are as many as one ingest can remember, and there are {_noNumber.Length} such columns. Name fewer with --numeric, or split the source")
            : FormattableString.Invariant($"{RowFacts.MostValues:#,0} records are as many as one ingest can remember. Split the source"));
    }

    private int NumberOf(EntityIndex entities, MappedColumn column, FieldBatch fields, int record)
    {
        var id = FieldCleaning.ReplaceNul(FieldCleaning.Trim(fields.Field(column.Index, record)));
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
