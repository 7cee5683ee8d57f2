namespace Plumbline.Datasets.Sources;

/// <summary>
/// Whether a text is one statement of SQL that can only read, as far as its words tell: that COPY can put it in brackets. This is for messages before a connection is
/// made: the server parses the query by itself once more, and its read-only transaction refuses what functions do.
/// </summary>
internal static class SelectStatement
{
    private const string OpenQuote = "a quote in it is never closed";

    private static readonly string[] Openings = ["SELECT", "WITH", "VALUES", "TABLE"];

    /// <summary>The statement without a semicolon at its end.</summary>
    /// <exception cref="DatasetException">It is no such statement; the message says why, and shows one word of it at most.</exception>
    public static string Check(string query)
    {
        var (depth, end) = (0, -1);
        string? opening = null;
        for (var at = SkipSpace(query, 0); at < query.Length;)
        {
            if (end >= 0)
                throw Refusal("it holds more than one statement; write one");
            var next = SkipToken(query, at);
            switch (query[at])
            {
                case ';':
                    end = at;
                    break;
                case '(':
                    depth++;
                    break;
                case ')' when --depth < 0:
                    throw Refusal("it closes a bracket that it did not open");
                case var first when opening is null:
                    opening = query[at..next];
                    if (!Openings.Contains(opening, StringComparer.OrdinalIgnoreCase))
                        throw Refusal(char.IsAsciiLetter(first) ? $"it begins with {FieldCleaning.Quote(opening)}" : "it begins with no word");
                    break;
            }
            at = SkipSpace(query, next);
        }
        return opening is null ? throw Refusal("it is empty")
            : depth > 0 ? throw Refusal("it opens a bracket that it does not close")
            : end < 0 ? query : query[..end];
    }

    /// <summary>Where white space and comments that begin here end.</summary>
    private static int SkipSpace(string query, int at)
    {
        while (at < query.Length)
        {
            var rest = query.AsSpan(at);
            if (rest[0] is ' ' or '\t' or '\n' or '\r' or '\f' or '\v')
                at++;
            else if (rest.StartsWith("--"))
                at = rest.IndexOfAny('\n', '\r') is var line and >= 0 ? at + line : query.Length;
            else if (rest.StartsWith("/*"))
                at = SkipComment(query, at);
            else
                break;
        }
        return at;
    }

    /// <summary>Where a word, string or quoted name that begins here ends; one character on where none does.</summary>
    private static int SkipToken(string query, int at) => query[at] switch
    {
        '\'' => SkipQuoted(query, at, '\''),
        '"' => SkipQuoted(query, at, '"'),
        '$' => SkipDollars(query, at),
        'e' or 'E' when at + 1 < query.Length && query[at + 1] == '\'' => SkipEscaped(query, at + 1),
        var first when BeginsWord(first) => SkipWord(query, at),
        _ => at + 1,
    };

    /// <summary>Comments nest.</summary>
    private static int SkipComment(string query, int at)
    {
        for (var depth = 0; at < query.Length - 1; at++)
        {
            if (query[at] == '/' && query[at + 1] == '*')
                (depth, at) = (depth + 1, at + 1);
            else if (query[at] == '*' && query[at + 1] == '/')
            {
                at++;
                if (--depth == 0)
                    return at + 1;
            }
        }
        throw Refusal("a comment in it is never closed");
    }

    private static int SkipQuoted(string query, int at, char quote) =>
        query.IndexOf(quote, at + 1) is var end and >= 0 ? end + 1 : throw Refusal(OpenQuote);

    /// <summary>A string with backslashes. One that follows behind a line break is a part of it, with backslashes too.</summary>
    private static int SkipEscaped(string query, int at)
    {
        for (at++; at < query.Length; at++)
        {
            if (query[at] == '\\')
            {
                at++;
            }
            else if (query[at] == '\'')
            {
                var next = SkipSpace(query, at + 1);
                if (next == query.Length || query[next] != '\'')
                    return at + 1;
                at = next;
            }
        }
        throw Refusal(OpenQuote);
    }

    private static int SkipDollars(string query, int at)
    {
        var tag = at + 1;
        while (tag < query.Length && (BeginsWord(query[tag]) || (tag > at + 1 && char.IsAsciiDigit(query[tag]))))
            tag++;
        if (tag == query.Length || query[tag] != '$')
            return at + 1;
        var mark = query[at..(tag + 1)];
        var end = query.IndexOf(mark, tag + 1, StringComparison.Ordinal);
        return end >= 0 ? end + mark.Length : throw Refusal(OpenQuote);
    }

    private static int SkipWord(string query, int at)
    {
        while (at < query.Length && (BeginsWord(query[at]) || char.IsAsciiDigit(query[at]) || query[at] == '$'))
            at++;
        return at;
    }

    /// <summary>PostgreSQL takes every byte above ASCII for a letter.</summary>
    private static bool BeginsWord(char c) => char.IsAsciiLetter(c) || c is '_' or >= '\u0080';

    private static DatasetException Refusal(string why) => new($"data.query is not one SELECT: {why}. Only SELECT, WITH, VALUES and TABLE are run");
}
