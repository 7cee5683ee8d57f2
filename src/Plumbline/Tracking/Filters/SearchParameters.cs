using System.Globalization;

namespace Plumbline.Tracking.Filters;

/// <summary>Values of a statement under names that are made as they are added.</summary>
internal sealed class SearchParameters
{
    private readonly List<(string Name, object? Value)> _values = [];

    /// <returns>How the statement refers to it.</returns>
    public string Add(object? value)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"p{_values.Count}");
        _values.Add((name, value));
        return "@" + name;
    }

    public (string, object?)[] ToArray() => [.. _values];
}
