using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Plumbline.Pipelines.Graphs;

namespace Plumbline.Pipelines.Runs;

/// <summary>What decides the result of a task: the program, the node, its parameters, its item and the digests of its inputs.</summary>
internal static class Fingerprint
{
    public static string Of(PipelineRun run, GraphNode node, string input, TaskInputs inputs)
    {
        var text = new StringBuilder("plumbline-task-1\n").Append(CodeVersion.Current).Append('\n').Append(run.Project).Append('/').Append(run.Pipeline).Append('/').Append(node.Name).Append('\n');
        text.Append(ParametersOf(run, node)).Append('\n').Append(input).Append('\n');
        // Of the list the item is all that counts.
        foreach (var upstream in node.After.Where(name => name != node.Over))
        {
            foreach (var result in inputs.Of(upstream))
                text.Append(upstream).Append('[').Append(result.Item).Append("] ").Append(RunWords.Of(result.State.IsSuccess() ? TaskState.Succeeded : result.State)).Append(' ').Append(result.Digest).Append('\n');
        }
        return DigestOf(text.ToString());
    }

    /// <summary>SHA-256 of UTF-8, as 64 lower-case hex digits.</summary>
    public static string DigestOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string ParametersOf(PipelineRun run, GraphNode node)
    {
        if (node.Options.Parameters is not { } names)
            return run.Parameters;
        var all = JsonNode.Parse(run.Parameters)!.AsObject();
        return new JsonObject(names.Select(name => KeyValuePair.Create(name, all[name]?.DeepClone()))).ToJsonString();
    }
}
