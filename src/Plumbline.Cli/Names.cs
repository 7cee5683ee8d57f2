using System.CommandLine.Parsing;
using System.Text.Json;

namespace Plumbline.Cli;

/// <summary>Names of enumerations' values as users write them: <c>repeated-letters</c>.</summary>
internal static class Names
{
    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    public static T? Parse<T>(ArgumentResult result)
        where T : struct, Enum
    {
        var values = ParseList<T>(result);
        return values is [var value] ? value : null;
    }

    public static T[]? ParseList<T>(ArgumentResult result)
        where T : struct, Enum
    {
        var known = Enum.GetValues<T>();
        var values = new List<T>();
        foreach (var text in Lists.Parse(result))
        {
            var at = Array.FindIndex(known, value => Of(value) == text.Replace('_', '-'));
            if (at < 0)
            {
                result.AddError($"'{text}' is not one of {string.Join(", ", known.Select(Of))}.");
                return null;
            }
            values.Add(known[at]);
        }
        return [.. values];
    }
}
