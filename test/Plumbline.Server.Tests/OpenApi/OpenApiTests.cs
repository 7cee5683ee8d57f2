namespace Plumbline.Server.Tests.OpenApi;

public sealed class OpenApiTests(RunningServer server)
{
    [Theory]
    [InlineData("/predict", "post")]
    [InlineData("/batch_predict", "post")]
    [InlineData("/health", "get")]
    [InlineData("/readiness", "get")]
    [InlineData("/ready", "get")]
    [InlineData("/metadata", "get")]
    [InlineData("/metrics", "get")]
    public async Task Document_Resource_Described(string path, string method)
    {
        var document = (await server.GetAsync("/openapi/v1.json")).Json;
        var operation = document.GetProperty("paths").GetProperty(path).GetProperty(method);
        operation.GetProperty("summary").GetString().ShouldNotBeNullOrEmpty();
        operation.GetProperty("responses").TryGetProperty("200", out _).ShouldBeTrue();
    }

    [Fact]
    public async Task Document_Examples_AreAnswered()
    {
        var paths = (await server.GetAsync("/openapi/v1.json")).Json.GetProperty("paths");
        foreach (var path in (string[])["/predict", "/batch_predict"])
        {
            var content = paths.GetProperty(path).GetProperty("post").GetProperty("requestBody").GetProperty("content").GetProperty("application/json");
            var answer = await server.PostAsync(path, content.GetProperty("example").ToString());
            answer.Status.ShouldBe(200, answer.Body);
            var example = paths.GetProperty(path).GetProperty("post").GetProperty("responses").GetProperty("200").GetProperty("content").GetProperty("application/json").GetProperty("example");
            answer.Json.EnumerateObject().Select(member => member.Name).ShouldBe(example.EnumerateObject().Select(member => member.Name));
        }
    }
}
