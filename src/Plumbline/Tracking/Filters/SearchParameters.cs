using System.Globalization;

namespace Plumbline.Tracking.Filters;

/// <summary>Values of a statement under names that are made as they are added.</summary>
/// <param name="named">Those that the schema refers to by names of its own.</param>
internal sealed class SearchParameters(IReadOnlyList<(string Name, object? Value)> named)
{
    private readonly List<(string Name, object? Value)> _values = [.. named];

    /// <returns>How the statement refers to it.</returns>
    public string Add(object? value)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"p{_values.Count}");
        _values.Add((name, value));
        return "@" + name;
    }

    public (string, object?)[] ToArray() => [.. _values];
}
