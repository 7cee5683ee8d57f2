using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Plumbline.Pipelines.Graphs;
using Plumbline.Pipelines.Runs;

namespace Plumbline.Tests.Pipelines.Workers;

internal sealed record TestParameters
{
    public int Items { get; init; } = 3;

    public string Group { get; init; } = "";

    public string Note { get; init; } = "";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(TestParameters))]
[JsonSerializable(typeof(IReadOnlyList<int>))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(string))]
internal sealed partial class TestJson : JsonSerializerContext;

/// <summary>Small pipelines for tests.</summary>
internal static class TestPipelines
{
    public static JsonTypeInfo<int> Int => TestJson.Default.Int32;

    public static JsonTypeInfo<string> Text => TestJson.Default.String;

    public static RunRequest Request(string parameters = "{}") => new(JsonNode.Parse(parameters)!.AsObject(), new RunTrigger(TriggerKind.Manual, "tester", "a test"));

    public static PipelineBuilder<TestParameters> Builder(string name = "test") => new(name, "A test", TestJson.Default.TestParameters)
    {
        Defaults = new TestParameters(),
        ActiveKey = static parameters => parameters.Group,
    };

    /// <summary>A list of numbers, its squares, and their sum: <c>list</c>, <c>square</c>, <c>sum</c>.</summary>
    /// <param name="square">Told the context and the number.</param>
    public static Pipeline Squares(Func<NodeContext, int, Task<int>>? square = null, NodeOptions? options = null, TriggerRule sum = TriggerRule.AllSuccess)
    {
        var builder = Builder("squares");
        var list = builder.Add("list", TestJson.Default.IReadOnlyListInt32, (_, parameters) => Task.FromResult<IReadOnlyList<int>>([.. Enumerable.Range(1, parameters.Items)]));
        var squares = builder.Map("square", list, Int, Int, async (context, _, number) => square is null ? number * number : await square(context, number), options);
        builder.Add("sum", Int, (context, _) => Task.FromResult(context.All(squares).Sum(result => result.Value)), new NodeOptions { Trigger = sum }, squares);
        return builder.Build();
    }

    /// <summary>One node.</summary>
    public static Pipeline Single(Func<NodeContext, TestParameters, Task<int>> run, NodeOptions? options = null)
    {
        var builder = Builder("single");
        builder.Add("only", Int, run, options);
        return builder.Build();
    }
}
