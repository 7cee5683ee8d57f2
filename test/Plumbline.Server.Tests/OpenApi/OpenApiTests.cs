using System.Text.Json;

namespace Plumbline.Server.Tests.OpenApi;

public sealed class OpenApiTests(RunningServer server)
{
    [Fact]
    public async Task Document_EveryResource_IsThereWithTheMethod()
    {
        var document = (await server.GetAsync("/openapi/v1.json")).Json;
        foreach (var (path, method) in document.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Where(member => member.Name != "parameters").Select(operation => (path, operation.Name))))
        {
            var name = path.Name.Replace("{model}", "reviews", StringComparison.Ordinal).Replace("{version}", "3", StringComparison.Ordinal);
            var answer = method == "get" ? await server.GetAsync(name) : await server.SendAsync(new HttpMethod(method.ToUpperInvariant()), name, "{}"u8.ToArray());
            // The model here has no aggregates and the server no folder, so that it takes no events, no feedback and no batch jobs, and has no pipelines; nor does it follow a plan.
            if (path.Name.StartsWith("/v1/features", StringComparison.Ordinal))
                answer.ShouldBeProblem(404, "no-feature-store");
            else if (path.Name.StartsWith("/v1/batch-jobs", StringComparison.Ordinal))
                answer.ShouldBeProblem(404, "no-batch-jobs");
            else if (path.Name.StartsWith("/v1/pipelines", StringComparison.Ordinal))
                answer.ShouldBeProblem(404, "no-pipelines");
            else if (path.Name.StartsWith("/v1/alerts", StringComparison.Ordinal))
                answer.ShouldBeProblem(404, "no-alerts");
            else if (path.Name.StartsWith("/v1/flags/", StringComparison.Ordinal))
                answer.ShouldBeProblem(404, "no-flags");
            else if (path.Name.StartsWith("/ofrep", StringComparison.Ordinal))
                answer.Status.ShouldBe(path.Name.EndsWith("{key}", StringComparison.Ordinal) ? 404 : 200, path.Name);
            else if (path.Name == "/v1/feedback")
                answer.ShouldBeProblem(404, "no-feedback");
            else if (path.Name.StartsWith("/v1/rollouts", StringComparison.Ordinal) || path.Name.StartsWith("/v1/retraining", StringComparison.Ordinal) || (path.Name == "/v1/traffic" && method == "put"))
                answer.ShouldBeProblem(404, "no-deployment");
            else
                answer.Status.ShouldBe(method == "get" ? 200 : 400, path.Name);
        }
    }

    [Fact]
    public async Task Document_References_Resolve()
    {
        var document = (await server.GetAsync("/openapi/v1.json")).Json;
        var references = References(document).Distinct().ToArray();
        references.ShouldNotBeEmpty();
        foreach (var reference in references)
        {
            var target = document;
            foreach (var step in reference.Split('/').Skip(1))
                target.TryGetProperty(step, out target).ShouldBeTrue(reference);
        }
    }

    [Theory]
    [InlineData("/predict")]
    [InlineData("/batch_predict")]
    public async Task Document_Examples_AreAnsweredInTheShapeShown(string path)
    {
        var operation = (await server.GetAsync("/openapi/v1.json")).Json.GetProperty("paths").GetProperty(path).GetProperty("post");
        foreach (var question in Examples(operation.GetProperty("requestBody")).EnumerateObject())
        {
            var answer = await server.PostAsync(path, question.Value.GetProperty("value").ToString());
            answer.Status.ShouldBe(200, answer.Body);
            var shown = Examples(operation.GetProperty("responses").GetProperty("200")).GetProperty(question.Name).GetProperty("value");
            answer.Json.EnumerateObject().Select(member => member.Name).ShouldBe(shown.EnumerateObject().Select(member => member.Name));
        }
    }

    private static JsonElement Examples(JsonElement described) => described.GetProperty("content").GetProperty("application/json").GetProperty("examples");

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member =>
            member.Name == "$ref" ? [member.Value.GetString()!] : References(member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };
}
