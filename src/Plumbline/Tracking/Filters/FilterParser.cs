using System.Globalization;
using Plumbline.Storage;

namespace Plumbline.Tracking.Filters;

/// <summary>
/// Reads MLflow's filters (<c>docs/specs/mlflow.md</c> has the grammar) by recursive descent.
/// </summary>
/// <exception cref="MetadataException">Invalid: says what is wrong, and at which position.</exception>
internal sealed class FilterParser
{
    private const int MostComparisons = 100;
    private const int MostValues = 10_000;

    private static readonly Dictionary<string, Comparator> Signs = new(StringComparer.OrdinalIgnoreCase)
    {
        ["="] = Comparator.Equal,
        ["!="] = Comparator.NotEqual,
        ["<>"] = Comparator.NotEqual,
        ["<"] = Comparator.Less,
        ["<="] = Comparator.LessOrEqual,
        [">"] = Comparator.Greater,
        [">="] = Comparator.GreaterOrEqual,
        ["LIKE"] = Comparator.Like,
        ["ILIKE"] = Comparator.ILike,
        ["IN"] = Comparator.In,
    };

    private readonly FilterTokenizer _tokens;
    private FilterToken _token;

    private FilterParser(string source, string what)
    {
        _tokens = new FilterTokenizer(source, what);
        _token = _tokens.Next();
    }

    /// <summary>Comparisons that must all hold; none for a blank filter.</summary>
    public static IReadOnlyList<Comparison> ParseFilter(string? filter)
    {
        var parser = new FilterParser(filter ?? "", "filter");
        var comparisons = new List<Comparison>();
        while (parser._token.Kind != FilterTokenKind.End)
        {
            if (comparisons.Count == MostComparisons)
                throw parser.Fault($"there are more than {MostComparisons} comparisons");
            comparisons.Add(parser.ParseComparison());
            if (parser._token.Kind == FilterTokenKind.End)
                break;
            if (!parser._token.IsWord("AND"))
                throw parser.Fault($"AND or the end is expected, not {parser._token}; comparisons are joined by AND only");
            parser.Take();
            if (parser._token.Kind == FilterTokenKind.End)
                throw parser.Fault("a comparison is expected after AND");
        }
        return comparisons;
    }

    /// <summary>Such as <c>metrics.f1 DESC</c>; ascending unless said.</summary>
    public static OrderTerm ParseOrder(string order)
    {
        var parser = new FilterParser(order, "order");
        var field = parser.ParseIdentifier();
        var descending = parser._token.IsWord("DESC");
        if (descending || parser._token.IsWord("ASC"))
            parser.Take();
        return parser._token.Kind == FilterTokenKind.End
            ? new OrderTerm(field, descending)
            : throw parser.Fault($"ASC, DESC or the end is expected, not {parser._token}");
    }

    private Comparison ParseComparison()
    {
        var field = ParseIdentifier();
        var position = _token.Position;
        var comparator = ParseComparator();
        return new Comparison(field, comparator, position, comparator is Comparator.In or Comparator.NotIn ? ParseList() : [ParseLiteral()]);
    }

    private Identifier ParseIdentifier()
    {
        var first = Take();
        if (first.Kind == FilterTokenKind.Quoted || first is { Kind: FilterTokenKind.Text, DoubleQuoted: true })
            return new Identifier(null, first.Text, first.Position);
        if (first.Kind != FilterTokenKind.Word)
            throw _tokens.Fault($"a name such as metrics.f1 or tags.`my key` is expected, not {first}", first.Position);
        var dot = first.Text.IndexOf('.', StringComparison.Ordinal);
        if (dot < 0)
            return new Identifier(null, first.Text, first.Position);
        var key = first.Text[(dot + 1)..];
        if (key.Length == 0 && (_token.Kind == FilterTokenKind.Quoted || _token is { Kind: FilterTokenKind.Text, DoubleQuoted: true }))
            key = Take().Text;
        return key.Length > 0 ? new Identifier(first.Text[..dot], key, first.Position)
            : throw _tokens.Fault($"'{MetadataText.Quote(first.Text)}' lacks the key after the dot", first.Position);
    }

    private Comparator ParseComparator()
    {
        var token = Take();
        if (token.IsWord("NOT") && _token.IsWord("IN"))
        {
            Take();
            return Comparator.NotIn;
        }
        return token.Kind is FilterTokenKind.Sign or FilterTokenKind.Word && Signs.TryGetValue(token.Text, out var comparator) ? comparator
            : throw _tokens.Fault($"a comparator (=, !=, <, <=, >, >=, LIKE, ILIKE, IN, NOT IN) is expected, not {token}", token.Position);
    }

    private List<Literal> ParseList()
    {
        Expect("(");
        var values = new List<Literal> { ParseLiteral() };
        while (_token.IsSign(","))
        {
            Take();
            if (values.Count == MostValues)
                throw Fault($"the list has more than {MostValues} values");
            values.Add(ParseLiteral());
        }
        Expect(")");
        return values;
    }

    private Literal ParseLiteral()
    {
        var token = Take();
        if (token.Kind == FilterTokenKind.Text)
            return new Literal(token.Text, null, token.Position);
        return token.Kind == FilterTokenKind.Number && double.TryParse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)
            ? new Literal(token.Text, number, token.Position)
            : throw _tokens.Fault($"a number or a text in single quotes is expected, not {token}", token.Position);
    }

    private void Expect(string sign)
    {
        if (!_token.IsSign(sign))
            throw Fault($"'{sign}' is expected, not {_token}");
        Take();
    }

    private FilterToken Take()
    {
        var taken = _token;
        _token = _tokens.Next();
        return taken;
    }

    private MetadataException Fault(string fault) => _tokens.Fault(fault, _token.Position);
}
