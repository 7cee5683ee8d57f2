namespace Plumbline.Datasets.Sources;

/// <summary>
/// Whether a text is one statement of SQL that can only read, as far as its words tell: that COPY can put it in brackets. What its functions do the
/// server's read-only transaction refuses.
/// </summary>
internal static class SelectStatement
{
    private static readonly string[] Openings = ["SELECT", "WITH", "VALUES", "TABLE"];

    /// <summary>The statement without a semicolon at its end.</summary>
    /// <exception cref="DatasetException">It is no such statement; the message says why, and shows one word of it at most.</exception>
    public static string Check(string query)
    {
        var (depth, end) = (0, -1);
        string? opening = null;
        for (var at = 0; at < query.Length;)
        {
            var next = Skip(query, at);
            var code = next == at + 1 && !char.IsWhiteSpace(query[at]);
            if (code && end >= 0)
                throw Refusal("it holds more than one statement; write one");
            switch (query[at])
            {
                case ';' when code:
                    end = at;
                    break;
                case '(' when code:
                    depth++;
                    break;
                case ')' when code && --depth < 0:
                    throw Refusal("it closes a bracket that it did not open");
                case var first when code && opening is null:
                    opening = Word(query, at);
                    next = at + Math.Max(1, opening.Length);
                    if (!Openings.Contains(opening, StringComparer.OrdinalIgnoreCase))
                        throw Refusal(char.IsAsciiLetter(first) ? $"it begins with {FieldCleaning.Quote(opening)}" : "it begins with no word");
                    break;
            }
            at = next;
        }
        return opening is null ? throw Refusal("it is empty")
            : depth > 0 ? throw Refusal("it opens a bracket that it does not close")
            : end < 0 ? query : query[..end];
    }

    /// <summary>Where a comment, string or quoted name that begins here ends; one character on where none does.</summary>
    private static int Skip(string query, int at)
    {
        var rest = query.AsSpan(at);
        if (rest.StartsWith("--"))
            return rest.IndexOf('\n') is var line and >= 0 ? at + line + 1 : query.Length;
        if (rest.StartsWith("/*"))
            return SkipComment(query, at);
        return rest[0] switch
        {
            '\'' => SkipQuoted(query, at, '\'', escapes: at > 0 && query[at - 1] is 'e' or 'E' && (at == 1 || !IsWord(query[at - 2]))),
            '"' => SkipQuoted(query, at, '"', escapes: false),
            '$' when at == 0 || !IsWord(query[at - 1]) => SkipDollars(query, at),
            _ => at + 1,
        };
    }

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

    private static int SkipQuoted(string query, int at, char quote, bool escapes)
    {
        for (at++; at < query.Length; at++)
        {
            if (escapes && query[at] == '\\')
                at++;
            else if (query[at] == quote)
                return at + 1;
        }
        throw Refusal("a quote in it is never closed");
    }

    private static int SkipDollars(string query, int at)
    {
        var tag = at + 1;
        while (tag < query.Length && IsWord(query[tag]))
            tag++;
        if (tag == query.Length || query[tag] != '$' || char.IsAsciiDigit(query[at + 1]))
            return at + 1;
        var mark = query[at..(tag + 1)];
        var end = query.IndexOf(mark, tag + 1, StringComparison.Ordinal);
        return end >= 0 ? end + mark.Length : throw Refusal("a quote in it is never closed");
    }

    private static string Word(string query, int at)
    {
        var end = at;
        while (end < query.Length && IsWord(query[end]))
            end++;
        return query[at..end];
    }

    private static bool IsWord(char c) => char.IsLetterOrDigit(c) || c == '_';

    private static DatasetException Refusal(string why) => new($"data.query is not one SELECT: {why}. Only SELECT, WITH, VALUES and TABLE are run");
}
