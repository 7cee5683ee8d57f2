using System.Text.Json;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Tests.Telemetry;

public sealed class TelemetryTests
{
    private const string TraceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", Trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    [Fact]
    public void Next_ManyThreads_UniqueAndInOrder()
    {
        var ids = new RequestIds(TimeProvider.System);
        var all = new Guid[8][];
        Parallel.For(0, all.Length, thread => all[thread] = [.. Enumerable.Range(0, 10_000).Select(_ => ids.Next())]);
        all.SelectMany(some => some).ShouldBeUnique();
        foreach (var some in all)
            some.Select(id => id.ToString()).ShouldBeInOrder(SortDirection.Ascending, StringComparer.Ordinal);
        all[0][0].Version.ShouldBe(7);
        all[0][0].Variant.ShouldBeInRange(8, 11);
    }

    [Theory]
    [InlineData("order-4711", "order-4711")]
    [InlineData("~!@#", "~!@#")]
    [InlineData("has space", null)]
    [InlineData("", null)]
    public async Task Request_Id_EchoedIfValidElseReplaced(string sent, string? echoed)
    {
        await using var server = await RunningServer.StartAsync(RunningServer.Options);
        var id = (await server.GetAsync("/health", ("X-Request-ID", sent))).Headers["X-Request-ID"];
        if (echoed is not null)
            id.ShouldBe(echoed);
        else
            Guid.ParseExact(id, "N").Version.ShouldBe(7);
        (await server.GetAsync("/health", ("X-Request-ID", new string('x', 129)))).Headers["X-Request-ID"].Length.ShouldBe(32);
    }

    [Fact]
    public async Task Refusal_WithTraceParent_LoggedUnderItsTraceWithoutTheText()
    {
        await using var server = await RunningServer.StartAsync(RunningServer.Options);
        var answer = await server.PostAsync("/predict", """{"texts":["my secret diary",7]}""", ("traceparent", TraceParent));

        answer.Json.GetProperty("traceId").GetString().ShouldBe(Trace);
        await server.Server.StopAsync();
        var lines = server.Log.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        var refused = lines.Single(line => line.TryGetProperty("trace_id", out var trace) && trace.GetString() == Trace);
        refused.GetProperty("level").GetString().ShouldBe("information");
        refused.GetProperty("route").GetString().ShouldBe("/predict");
        refused.GetProperty("status").GetInt32().ShouldBe(400);
        server.Log.ShouldNotContain("diary");
    }

    [Fact]
    public async Task Success_Logged_Not()
    {
        await using var server = await RunningServer.StartAsync(RunningServer.Options);
        await server.PredictAsync("""{"text":"a"}""");
        await server.Server.StopAsync();
        server.Log.ShouldNotContain("/predict");
    }

    [Theory]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01")]
    [InlineData("nonsense")]
    public async Task TraceParent_Invalid_TraceOfTheRequestId(string traceParent)
    {
        await using var server = await RunningServer.StartAsync(RunningServer.Options);
        var a = (await server.GetAsync("/nope", ("traceparent", traceParent), ("X-Request-ID", "one"))).Json.GetProperty("traceId").GetString();
        var b = (await server.GetAsync("/nope", ("X-Request-ID", "one"))).Json.GetProperty("traceId").GetString();
        var c = (await server.GetAsync("/nope", ("X-Request-ID", "two"))).Json.GetProperty("traceId").GetString();
        a.ShouldBe(b);
        a.ShouldNotBe(c);
    }

    [Fact]
    public async Task Metrics_AfterRequests_CountThem()
    {
        await using var server = await RunningServer.StartAsync(RunningServer.Options);
        var label = (await server.PredictAsync("""{"text":"a","numeric_features":{"price":"x"}}""")).Json.GetProperty("label").GetString();
        await server.PredictAsync("{");
        await server.GetAsync("/nope");

        var metrics = await server.GetAsync("/metrics");

        metrics.MediaType.ShouldBe("text/plain; version=0.0.4; charset=utf-8");
        foreach (var line in (string[])[
            $$"""plumbline_predictions_total{label="{{label}}",version="reviews/3"} 1""",
            """plumbline_http_request_duration_seconds_count{route="/predict",method="POST",status="2xx"} 1""",
            """plumbline_http_request_duration_seconds_count{route="/predict",method="POST",status="4xx"} 1""",
            """plumbline_http_request_duration_seconds_count{route="other",method="other",status="4xx"} 1""",
            """plumbline_prediction_confidence_count{version="reviews/3"} 1""",
            """plumbline_contract_warnings_total{kind="type",feature="price"} 1""",
            """plumbline_errors_total{kind="invalid-json"} 1""",
            "plumbline_http_requests_in_flight 1",
            "plumbline_ready 1"])
            metrics.Body.ShouldContain(line + "\n");
        metrics.Body.ShouldContain("process_resident_memory_bytes ");
    }

    [Fact]
    public async Task Metrics_CheckedByPromtool_HaveNoFault()
    {
        const string Promtool = "/usr/bin/promtool";
        Assert.SkipUnless(File.Exists(Promtool), "There is no promtool (Debian's package prometheus) on this machine.");
        await using var server = await RunningServer.StartAsync(RunningServer.Options);
        await server.PredictAsync("""{"text":"fine"}""");
        var metrics = await server.GetAsync("/metrics");
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(Promtool, ["check", "metrics"])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        await process.StandardInput.WriteAsync(metrics.Body);
        process.StandardInput.Close();
        var complaints = await process.StandardError.ReadToEndAsync() + await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        // prometheus-net's own process metrics are not ours to name.
        var ours = complaints.Split('\n').Where(line => line.StartsWith("plumbline_", StringComparison.Ordinal));
        ours.ShouldBeEmpty();
        complaints.ShouldNotContain("error while linting");
    }
}
