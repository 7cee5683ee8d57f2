using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Plumbline.Cli;

/// <summary>Values that hold several: <c>a,b</c> and <c>1-2</c>.</summary>
internal static class Lists
{
    public static string[] Parse(ArgumentResult result) =>
        [.. result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];

    /// <summary>Null where the option was not given: the parser itself would say an empty array.</summary>
    public static T[]? Given<T>(ParseResult parse, Option<T[]?> option) => parse.GetResult(option) is { Implicit: false } ? parse.GetValue(option) : null;

    /// <summary>Null, with an error, where it is no range; 0-0 for <c>none</c>.</summary>
    public static (int Low, int High)? ParseRange(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (text == "none")
            return (0, 0);
        var parts = text.Split('-');
        if (int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var low)
            && int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var high) && parts.Length <= 2)
            return (low, high);
        result.AddError($"'{text}' is no range; write one such as 1-2, or none.");
        return null;
    }
}
