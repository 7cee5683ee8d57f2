using System.IO.Enumeration;

namespace Plumbline.Datasets.Sources;

/// <summary>
/// A path with wildcards: <c>*</c> and <c>?</c> within a name, <c>**</c> for any number of folders. As in a shell, a name that begins with a dot is
/// matched only by a pattern that does. Upper and lower case differ.
/// </summary>
internal sealed class PathPattern
{
    private readonly string[] _segments;

    public PathPattern(string pattern)
    {
        var segments = pattern.Split('/');
        var literal = Array.FindIndex(segments, IsPattern);
        Root = string.Join('/', segments[..literal]);
        _segments = segments[^1] == "**" ? [.. segments[literal..], "*"] : segments[literal..];
    }

    /// <summary>What stands before the first wildcard: a folder, without the slash at its end.</summary>
    public string Root { get; }

    /// <summary>How many folders below <see cref="Root"/> a match can lie.</summary>
    public int Depth => _segments.Contains("**") ? int.MaxValue : _segments.Length - 1;

    public static bool IsPattern(string path) => path.AsSpan().IndexOfAny('*', '?') >= 0;

    /// <param name="path">Below <see cref="Root"/>, separated by slashes.</param>
    public bool Matches(string path) => Matches(_segments, path.Split('/'));

    private static bool Matches(ReadOnlySpan<string> pattern, ReadOnlySpan<string> path)
    {
        if (pattern.IsEmpty || path.IsEmpty)
            return pattern.IsEmpty && path.IsEmpty;
        var hidden = path[0].StartsWith('.');
        if (pattern[0] == "**")
            return Matches(pattern[1..], path) || (!hidden && Matches(pattern, path[1..]));
        return hidden == pattern[0].StartsWith('.') && FileSystemName.MatchesSimpleExpression(pattern[0], path[0], ignoreCase: false)
            && Matches(pattern[1..], path[1..]);
    }
}
