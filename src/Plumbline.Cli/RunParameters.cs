using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Plumbline.Cli;

/// <summary>Parameters of a pipeline's run as users write them: <c>--param training.seed=7 --param snapshot=3f0c…</c>.</summary>
internal static class RunParameters
{
    public static Option<string[]> Option() => new("--param")
    {
        Description = "A parameter, such as training.seed=7: JSON, or else text; repeatable",
        HelpName = "KEY=VALUE",
    };

    /// <exception cref="CliException">One has no value, or two contradict each other.</exception>
    public static JsonObject Parse(string[]? parameters)
    {
        var root = new JsonObject();
        foreach (var parameter in parameters ?? [])
        {
            if (parameter.Split('=', 2) is not [{ Length: > 0 } path, var value])
                throw CliException.Usage($"--param {parameter}: write KEY=VALUE, such as training.seed=7.");
            var keys = path.Split('.');
            var section = root;
            foreach (var key in keys[..^1])
            {
                section[key] ??= new JsonObject();
                section = section[key] as JsonObject ?? throw CliException.Usage($"--param {parameter}: {key} has a value already.");
            }
            section[keys[^1]] = Value(value);
        }
        return root;
    }

    private static JsonNode? Value(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }
}
