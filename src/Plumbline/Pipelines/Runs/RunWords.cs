using System.Text.Json;

namespace Plumbline.Pipelines.Runs;

/// <summary>States as the store, JSON and people have them: <c>upstream_failed</c>.</summary>
public static class RunWords
{
    public static string Of<T>(T state)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString());

    public static T Parse<T>(string word)
        where T : struct, Enum => Enum.Parse<T>(word.Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
}
