namespace Plumbline.Datasets;

/// <summary>Finds which column of a source is what: as named by the user, else by its name, else (text and label) by the shape of its values.</summary>
internal sealed class ColumnFinder
{
    private static readonly string[] TextNames =
        ["text", "reviewtext", "review", "content", "body", "message", "comment", "sentence", "utterance", "tweet", "description", "title"];

    private static readonly string[] LabelNames =
        ["label", "overall", "rating", "stars", "score", "class", "category", "sentiment", "target", "intent"];

    private static readonly string[] SplitColumnNames = ["split", "fold", "set"];
    private static readonly string[] UserNames = ["user", "userid", "reviewerid", "author", "authorid", "customerid", "username"];
    private static readonly string[] ItemNames = ["item", "itemid", "asin", "productid", "product", "businessid"];
    private static readonly string[] TimeNames = ["time", "date", "timestamp", "datetime", "createdat", "unixreviewtime", "reviewtime"];

    private readonly SourceOptions _options;
    private readonly IReadOnlyList<string> _columns;
    private readonly IReadOnlyList<string[]> _sample;
    private readonly HashSet<int> _taken = [];

    private ColumnFinder(SourceOptions options, IReadOnlyList<string> columns, IReadOnlyList<string[]> sample)
    {
        _options = options;
        _columns = columns;
        _sample = sample;
    }

    /// <param name="sample">First records, one string a column.</param>
    /// <param name="labelled">Whether all columns that a data set may have are looked for, and a label is needed; if not, the text and numeric ones alone.</param>
    /// <param name="entities">Whether users, items and times are looked for even so.</param>
    /// <exception cref="DatasetException">A column is missing or ambiguous; the message lists the columns and the option to use.</exception>
    public static SchemaMapping Find(SourceOptions options, IReadOnlyList<string> columns, IReadOnlyList<string[]> sample, bool labelled, bool entities = false) =>
        new ColumnFinder(options, columns, sample).Find(labelled, labelled || entities);

    private SchemaMapping Find(bool labelled, bool entities)
    {
        // What is named comes first, so that it is not taken for something else.
        var text = Named(_options.Text, "--text");
        var label = labelled ? Named(_options.Label, "--label") : null;
        var split = labelled ? Named(_options.SplitColumn, "--split-column") : null;
        var user = entities ? Named(_options.User, "--user") : null;
        var item = entities ? Named(_options.Item, "--item") : null;
        var time = entities ? Named(_options.Time, "--time") : null;
        var labelTime = labelled ? Named(_options.LabelTime, "--label-time") : null;
        var numeric = _options.Numeric.Select(name => Named(name, "--numeric")!).ToArray();
        var categorical = _options.Categorical.Select(name => Named(name, "--categorical")!).ToArray();
        if (labelled)
            split ??= ByName(SplitColumnNames, column => All(column, value => SplitNames.TryParse(value, out _)));
        if (entities)
        {
            user ??= ByName(UserNames, _ => true);
            item ??= ByName(ItemNames, _ => true);
            time ??= ByName(TimeNames, column => Share(column, value => TimeParser.TryParse(value, out _)) >= 0.5);
        }
        text ??= ByName(TextNames, _ => true);
        if (labelled)
            label ??= ByName(LabelNames, _ => true);
        text ??= TextByShape();
        if (labelled)
            label ??= LabelByShape();
        return new SchemaMapping(text, label, split, user, item, time, numeric, labelTime, categorical);
    }

    private MappedColumn? Named(string? name, string option)
    {
        if (name is null)
            return null;
        var exact = Matches(column => string.Equals(column, name, StringComparison.Ordinal));
        var found = exact.Count > 0 ? exact : Matches(column => string.Equals(column, name, StringComparison.OrdinalIgnoreCase));
        if (found.Count == 0)
            throw new DatasetException($"{_options.Name} has no column '{name}' ({option}). Its columns: {List(Enumerable.Range(0, _columns.Count))}");
        if (found.Count > 1)
            throw new DatasetException($"{_options.Name} has {found.Count} columns '{name}' ({option}). Rename all but one");
        if (!_taken.Add(found[0]))
            throw new DatasetException($"{_options.Name}: column '{name}' ({option}) is named for two purposes");
        return new MappedColumn(found[0], _columns[found[0]], "named");
    }

    private MappedColumn? ByName(string[] names, Func<int, bool> fits)
    {
        foreach (var name in names)
            foreach (var column in Matches(column => string.Equals(Plain(column), name, StringComparison.OrdinalIgnoreCase)))
                if (!_taken.Contains(column) && fits(column))
                {
                    if (Matches(other => other == _columns[column]).Count > 1)
                        throw new DatasetException($"{_options.Name} has more than one column '{_columns[column]}'. Rename all but one");
                    _taken.Add(column);
                    return new MappedColumn(column, _columns[column], "by name");
                }
        return null;
    }

    private MappedColumn TextByShape()
    {
        var lengths = Free().Select(column => (Column: column, Length: _sample.Count == 0 ? 0 : _sample.Average(row => row[column].Length)))
            .OrderByDescending(candidate => candidate.Length).ToArray();
        if (lengths.Length == 0 || lengths[0].Length == 0)
            throw new DatasetException($"{_options.Name} has no text column. Its columns: {List(Enumerable.Range(0, _columns.Count))}. Name one with --text");
        if (lengths.Length > 1 && lengths[1].Length > 0.8 * lengths[0].Length)
            throw new DatasetException(
                $"{_options.Name}: '{_columns[lengths[0].Column]}' and '{_columns[lengths[1].Column]}' could both be the text. Name one with --text. Its columns: {List(Enumerable.Range(0, _columns.Count))}");
        return Take(lengths[0].Column);
    }

    private MappedColumn LabelByShape()
    {
        var most = Math.Clamp(_sample.Count / 5, 2, 200);
        var candidates = Free().Where(column =>
        {
            var distinct = _sample.Select(row => row[column].Trim()).Where(value => value.Length > 0).Distinct(StringComparer.Ordinal).Take(most + 1).Count();
            return distinct >= 2 && distinct <= most;
        }).ToArray();
        return candidates switch
        {
            [var only] => Take(only),
            [] => throw new DatasetException($"{_options.Name} has no label column: none is called label, rating, category or the like, and none has few distinct values. " +
                $"Its columns: {List(Enumerable.Range(0, _columns.Count))}. Name one with --label"),
            _ => throw new DatasetException($"{_options.Name}: {List(candidates)} could each be the label. Name one with --label"),
        };
    }

    private MappedColumn Take(int column)
    {
        _taken.Add(column);
        return new MappedColumn(column, _columns[column], "by shape");
    }

    private IEnumerable<int> Free() => Enumerable.Range(0, _columns.Count).Where(column => !_taken.Contains(column));

    private List<int> Matches(Func<string, bool> match) => [.. Enumerable.Range(0, _columns.Count).Where(column => match(_columns[column]))];

    private bool All(int column, Func<string, bool> test) => _sample.Count > 0 && _sample.All(row => test(row[column]));

    private double Share(int column, Func<string, bool> test)
    {
        var values = _sample.Select(row => row[column]).Where(value => value.Length > 0).ToArray();
        return values.Length == 0 ? 0 : values.Count(test) / (double)values.Length;
    }

    private string List(IEnumerable<int> columns) => FieldCleaning.QuoteAll(columns.Select(column => _columns[column]));

    /// <summary>review_text, Review-Text and reviewText are one name.</summary>
    private static string Plain(string name) => string.Concat(name.Where(char.IsLetterOrDigit));
}
