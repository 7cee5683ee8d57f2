namespace Plumbline.Datasets.Expectations;

/// <summary>Which column of a source an expectation means: the one called so, else the one of that use.</summary>
internal sealed class ColumnNames(IReadOnlyList<string> columns, SchemaMapping mapping)
{
    public const int Missing = -1;

    public IReadOnlyList<string> All => columns;

    public SchemaMapping Mapping => mapping;

    public int Find(string name)
    {
        for (var column = 0; column < columns.Count; column++)
            if (string.Equals(columns[column], name, StringComparison.Ordinal))
                return column;
        return name switch
        {
            "text" => mapping.Text.Index,
            "label" => mapping.Label?.Index ?? Missing,
            "split" => mapping.Split?.Index ?? Missing,
            "user" => mapping.User?.Index ?? Missing,
            "item" => mapping.Item?.Index ?? Missing,
            "time" => mapping.Time?.Index ?? Missing,
            _ => Missing,
        };
    }
}
