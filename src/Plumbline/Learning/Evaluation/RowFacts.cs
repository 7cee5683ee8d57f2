using System.Text;
using Plumbline.Datasets;
using Plumbline.Datasets.Profiling;
using Plumbline.Statistics;

namespace Plumbline.Learning.Evaluation;

/// <summary>Gathers what slices are cut by: length and language of each row's text, and the values beside it. Never a text. Not thread-safe but for <see cref="Of"/>.</summary>
/// <param name="numbers">Names of the numeric columns that batches have.</param>
/// <param name="categories">Of the categorical ones.</param>
internal sealed class RowFacts(IReadOnlyList<string> numbers, IReadOnlyList<string> categories)
{
    private readonly List<int> _lengths = [];
    private readonly CategoryCodes _languages = new();
    private readonly CategoryCodes[] _categories = [.. categories.Select(_ => new CategoryCodes())];
    private readonly List<double>[] _numbers = [.. numbers.Select(_ => new List<double>())];

    /// <summary>Facts of a batch; thread-safe.</summary>
    public BatchFacts Of(RecordBatch batch)
    {
        var detector = new TextLanguage();
        var facts = new BatchFacts(new int[batch.Count], new string[batch.Count], new string[batch.Count * categories.Count], new double[batch.Count * numbers.Count]);
        for (var record = 0; record < batch.Count; record++)
        {
            facts.Lengths[record] = CodePoints(batch.Text(record));
            facts.Languages[record] = detector.Detect(batch.Text(record));
            for (var column = 0; column < categories.Count; column++)
                facts.Categories[(record * categories.Count) + column] = Encoding.UTF8.GetString(batch.Category(record, column));
            for (var column = 0; column < numbers.Count; column++)
                facts.Numbers[(record * numbers.Count) + column] = batch.Inputs(record)[column];
        }
        return facts;
    }

    /// <summary>Those of the next batch, in order.</summary>
    public void Add(BatchFacts facts)
    {
        _lengths.AddRange(facts.Lengths);
        foreach (var language in facts.Languages)
            _languages.Add(language);
        for (var value = 0; value < facts.Categories.Length; value++)
            _categories[value % categories.Count].Add(facts.Categories[value]);
        for (var value = 0; value < facts.Numbers.Length; value++)
            _numbers[value % numbers.Count].Add(facts.Numbers[value]);
    }

    public RowPredictions With(IReadOnlyList<string> labels, int[] truth, int[] predicted) => new()
    {
        Labels = labels,
        Truth = truth,
        Predicted = predicted,
        Lengths = [.. _lengths],
        Language = _languages.Column("language"),
        Categories = [.. _categories.Select((codes, column) => codes.Column(categories[column]))],
        Numbers = [.. _numbers.Select((values, column) => new NumberColumn(numbers[column], [.. values]))],
    };

    /// <summary>Of valid UTF-8: bytes that continue none.</summary>
    private static int CodePoints(ReadOnlySpan<byte> text)
    {
        var count = 0;
        foreach (var unit in text)
            count += (unit & 0xC0) == 0x80 ? 0 : 1;
        return count;
    }

    private sealed class CategoryCodes
    {
        private readonly Dictionary<string, int> _codeOf = new(StringComparer.Ordinal);
        private readonly List<int> _codes = [];

        public void Add(string value)
        {
            if (!_codeOf.TryGetValue(value, out var code))
                _codeOf.Add(value, code = _codeOf.Count);
            _codes.Add(code);
        }

        public CategoryColumn Column(string name) => new(name, [.. _codeOf.Keys], [.. _codes]);
    }
}

/// <summary>Facts of one batch: a value a record, or, of columns, row-major.</summary>
internal sealed record BatchFacts(int[] Lengths, string[] Languages, string[] Categories, double[] Numbers);
