using System.Globalization;

namespace Plumbline.Cli;

/// <summary>The model or version that a user means by <c>name</c>, <c>name/3</c> or <c>name@alias</c>.</summary>
internal static class ModelSubject
{
    /// <returns>Version null: the model itself, which may not be there.</returns>
    public static async Task<(string Name, long? Version)> FindAsync(Workspace workspace, string text, CancellationToken cancellation) =>
        text.AsSpan().ContainsAny('/', '@') && await workspace.Registry.ResolveAsync(text, cancellation) is var version ? (version.Name, version.Version) : (text, null);

    public static string Text(string name, long? version) => version is { } number ? string.Create(CultureInfo.InvariantCulture, $"{name}/{number}") : name;
}
