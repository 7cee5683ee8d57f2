using Plumbline.Datasets;
using Plumbline.Inference.Logging;

namespace Plumbline.Monitoring;

/// <summary>Which logged predictions a slice has: those whose label, user, item or categorical input is one of some values, or begins with one that ends with <c>*</c>. Immutable.</summary>
/// <param name="Key"><c>label</c>, <c>user</c>, <c>item</c>, or the name of a categorical input.</param>
public sealed record DriftFilter(string Key, IReadOnlyList<string> Values)
{
    internal const string Label = "label";
    internal const string User = "user";
    internal const string Item = "item";

    /// <summary>Reads <c>KEY=VALUE,VALUE</c>; <c>KEY=@FILE</c> has a value a line in a file, such as a group of users.</summary>
    /// <exception cref="FormatException">It is none; the message says so.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static DriftFilter Parse(string text)
    {
        if (text.IndexOf('=', StringComparison.Ordinal) is not (> 0 and var at) || at == text.Length - 1)
            throw new FormatException($"'{text}' is no condition; write one such as label=5, user=eu-*, user=@group.txt or channel=web,app.");
        var values = text[(at + 1)..];
        return new DriftFilter(text[..at], values[0] == '@' ? File.ReadAllLines(values[1..]) : values.Split(','));
    }

    public override string ToString() => Values.Count <= 3 ? $"{Key} is {string.Join(" or ", Values)}" : FormattableString.Invariant($"{Key} is one of {Values.Count} values");

    internal bool Takes(LoggedPrediction prediction)
    {
        var value = Key switch
        {
            Label => prediction.Label,
            User => prediction.User,
            Item => prediction.Item,
            _ => prediction.Categorical.GetValueOrDefault(Key),
        };
        return value is not null && Values.Any(wanted => IsPrefix(wanted) ? value.StartsWith(wanted[..^1], StringComparison.Ordinal) : value == wanted);
    }

    /// <summary>The same of a row of the archive, in SQL.</summary>
    internal string Condition()
    {
        var column = Key is Label or User or Item ? DuckSession.Name(Key) : $"categorical[{DuckSession.Literal(Key)}]";
        string[] either =
        [
            .. Values.Where(IsPrefix).Select(prefix => $"starts_with({column}, {DuckSession.Literal(prefix[..^1])})"),
            .. Values.Any(value => !IsPrefix(value)) ? [$"{column} IN ({string.Join(", ", Values.Where(value => !IsPrefix(value)).Select(DuckSession.Literal))})"] : Array.Empty<string>(),
        ];
        return $"({string.Join(" OR ", either)})";
    }

    private static bool IsPrefix(string value) => value.EndsWith('*');
}
