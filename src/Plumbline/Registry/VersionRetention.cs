namespace Plumbline.Registry;

/// <summary>Which versions of a model stay, besides those that an alias points to and those in Staging or Production.</summary>
public sealed record VersionRetention
{
    /// <summary>The newest, 0 or more.</summary>
    public required int Newest { get; init; }

    /// <summary>Those that an alias pointed to, or a server answered with, within this time: predictions lead back to them. Zero: none for that.</summary>
    public TimeSpan ServedWithin { get; init; }

    /// <summary>When servers last answered, in Unix ms, by digest of the bundle and by <c>name/3</c>.</summary>
    public IReadOnlyDictionary<string, long> LastServed { get; init; } = new Dictionary<string, long>();
}
