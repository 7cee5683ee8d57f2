using System.Net;
using System.Text.Json;

namespace Plumbline.Cli.Tests.Commands;

public sealed class OpenLineageTests(TrainedHome trained) : IDisposable
{
    // Nothing listens on the discard port of loopback.
    private const string Nowhere = "http://127.0.0.1:9";

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task Train_EndpointDown_TrainsAndKeepsItsEventsForFlush()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder.Path, "plumbline.yaml"), $"project: reviews\ndata: {{path: '{trained.Data}'}}\nopenlineage: {{endpoint: {Nowhere}, namespace: tests, api_key: secret-of-mine}}\n", TestContext.Current.CancellationToken);
        var answer = (await Cli.RunProcessAsync(_folder.Path, "train", "--families", "multinomial_nb", "--json")).ShouldSucceed();
        answer.Json.GetProperty("bundle").GetString().ShouldNotBeNull();

        var shown = (await Cli.RunProcessAsync(_folder.Path, "openlineage", "show", "--json")).ShouldSucceed();
        shown.Out.ShouldNotContain("secret-of-mine");
        var events = shown.Json.GetProperty("waiting").EnumerateArray().ToArray();
        events.Select(e => $"{e.GetProperty("eventType")} {e.GetProperty("job").GetProperty("name")}").ShouldBe(
        [
            "START reviews.pipeline", "START reviews.ingest", "COMPLETE reviews.ingest", "START reviews.train", "COMPLETE reviews.train", "COMPLETE reviews.pipeline",
        ]);
        var run = (await Cli.RunProcessAsync(_folder.Path, "runs", "list", "--json")).ShouldSucceed().Json;
        var id = events[3].GetProperty("run").GetProperty("runId").GetGuid();
        run.GetRawText().ShouldContain(id.ToString("N"));
        events[3].GetProperty("run").GetProperty("facets").GetProperty("parent").GetProperty("run").GetProperty("runId").GetGuid()
            .ShouldBe(events[0].GetProperty("run").GetProperty("runId").GetGuid());
        events.ShouldAllBe(e => e.GetProperty("job").GetProperty("namespace").GetString() == "tests");
        events[4].GetProperty("inputs")[0].GetProperty("inputFacets").GetProperty("dataQualityMetrics").GetProperty("rowCount").GetInt64().ShouldBeGreaterThan(0);
        (await Cli.RunProcessAsync(_folder.Path, "openlineage", "flush", "--json")).ShouldFail(6, "network", "6 events wait");
        await FlushAsync();
    }

    [Fact]
    public async Task Flush_NoEndpoint_Usage() => (await Cli.RunProcessAsync(_folder.Path, "openlineage", "flush", "--json")).ShouldFail(2, "usage", "OPENLINEAGE_URL");

    public void Dispose() => _folder.Dispose();

    private async Task FlushAsync()
    {
        using var listener = Listen(out var address);
        var types = new List<string>();
        var taking = Task.Run(
            async () =>
            {
                while (types.Count < 6)
                {
                    var context = await listener.GetContextAsync();
                    using var e = await JsonDocument.ParseAsync(context.Request.InputStream);
                    types.Add(e.RootElement.GetProperty("eventType").GetString()!);
                    context.Response.StatusCode = 201;
                    context.Response.Close();
                }
            },
            TestContext.Current.CancellationToken);
        var yaml = Path.Combine(_folder.Path, "plumbline.yaml");
        await File.WriteAllTextAsync(yaml, (await File.ReadAllTextAsync(yaml, TestContext.Current.CancellationToken)).Replace(Nowhere, address, StringComparison.Ordinal), TestContext.Current.CancellationToken);
        (await Cli.RunProcessAsync(_folder.Path, "openlineage", "flush", "--json")).ShouldSucceed().Json.GetProperty("sent").GetInt32().ShouldBe(6);
        await taking;
        types.ShouldBe(["START", "START", "COMPLETE", "START", "COMPLETE", "COMPLETE"]);
    }

    private static HttpListener Listen(out string address)
    {
        using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}/";
        probe.Stop();
        var listener = new HttpListener();
        listener.Prefixes.Add(address);
        listener.Start();
        return listener;
    }
}
