using System.Text.Json;
using Plumbline.Datasets;
using Plumbline.Datasets.Expectations;
using Plumbline.Pipelines.OpenLineage;
using Plumbline.Storage;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Pipelines.OpenLineage;

public sealed class OpenLineageTests : IDisposable
{
    private const string Word = "confidential";

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTime _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Home Home => new(_folder.File("home"));

    private OpenLineageOutbox Outbox => new(Home, _time);

    [Fact]
    public async Task Ingest_Done_StartAndCompleteWithFacets()
    {
        using var receiver = new EventReceiver();
        var snapshot = await IngestAsync(receiver.Address, [new(ExpectationType.ExpectColumnValuesToNotBeNull, new() { Column = "text" })]);
        var events = receiver.Taken.Select(taken => taken.Event).ToArray();
        events.Select(e => e.GetProperty("eventType").GetString()).ShouldBe(["START", "COMPLETE"]);
        events.Select(e => e.GetProperty("run").GetProperty("runId").GetGuid()).Distinct().Count().ShouldBe(1);
        foreach (var e in events)
        {
            CheckEvent(e);
            e.GetProperty("job").GetProperty("name").GetString().ShouldBe("reviews.ingest");
        }
        var input = events[1].GetProperty("inputs").EnumerateArray().Single();
        (input.GetProperty("namespace").GetString(), input.GetProperty("name").GetString()).ShouldBe(("file", _folder.File("reviews.csv")));
        input.GetProperty("facets").GetProperty("version").GetProperty("datasetVersion").GetString().ShouldBe(snapshot.Manifest.Sources[0].Sha256);
        input.GetProperty("facets").GetProperty("schema").GetProperty("fields").EnumerateArray().Select(field => field.GetProperty("name").GetString()).ShouldBe(["text", "label", "price"]);
        var metrics = input.GetProperty("inputFacets").GetProperty("dataQualityMetrics");
        metrics.GetProperty("rowCount").GetInt64().ShouldBe(400);
        metrics.GetProperty("columnMetrics").GetProperty("price").GetProperty("max").GetDouble().ShouldBe(399);
        input.GetProperty("inputFacets").GetProperty("dataQualityAssertions").GetProperty("assertions").EnumerateArray().Single().GetProperty("success").GetBoolean().ShouldBeTrue();
        var output = events[1].GetProperty("outputs").EnumerateArray().Single();
        output.GetProperty("facets").GetProperty("version").GetProperty("datasetVersion").GetString().ShouldBe(snapshot.Digest);
        output.GetProperty("outputFacets").GetProperty("outputStatistics").GetProperty("rowCount").GetInt64().ShouldBe(400);
        receiver.Taken.ShouldAllBe(taken => taken.Head.StartsWith("POST /api/v1/lineage ") && taken.Head.Contains("Authorization: Bearer key-of-mine\r\n"));
    }

    [Fact]
    public async Task Ingest_ExpectationNotMet_FailWithItsResultAndNoText()
    {
        using var receiver = new EventReceiver();
        await Should.ThrowAsync<DatasetException>(IngestAsync(receiver.Address, [new(ExpectationType.ExpectTableRowCountToBeBetween, new() { MinValue = "1000" })]));
        var failed = receiver.Taken.Last().Event;
        failed.GetProperty("eventType").GetString().ShouldBe("FAIL");
        CheckEvent(failed);
        failed.GetProperty("run").GetProperty("facets").GetProperty("errorMessage").GetProperty("message").GetString()!.ShouldContain("1 of severity fail");
        failed.GetProperty("inputs")[0].GetProperty("inputFacets").GetProperty("dataQualityAssertions").GetProperty("assertions")[0].GetProperty("success").GetBoolean().ShouldBeFalse();
        receiver.Taken.ShouldAllBe(taken => !taken.Event.GetRawText().Contains(Word));
    }

    [Fact]
    public async Task Begin_Stopped_AbortWithParent()
    {
        using var receiver = new EventReceiver();
        await using (var emitter = Emitter(receiver.Address))
        {
            var parent = emitter.Begin("a.pipeline", "PIPELINE");
            emitter.Begin("a.train", "TRAIN", parent: parent).Fail(new OperationCanceledException(Word));
        }
        var aborted = receiver.Taken.Last().Event;
        CheckEvent(aborted);
        aborted.GetProperty("eventType").GetString().ShouldBe("ABORT");
        var facet = aborted.GetProperty("run").GetProperty("facets").GetProperty("parent");
        facet.GetProperty("job").GetProperty("name").GetString().ShouldBe("a.pipeline");
        facet.GetProperty("run").GetProperty("runId").GetGuid().ShouldBe(receiver.Taken.First().Event.GetProperty("run").GetProperty("runId").GetGuid());
    }

    [Fact]
    public async Task Dispose_EndpointDown_EventsKeptAndSentInOrderLater()
    {
        Uri address;
        using (var gone = new EventReceiver())
            address = gone.Address;
        await using (var emitter = Emitter(address))
            emitter.Begin("a.ingest", "INGEST").Complete(null, []);
        Outbox.Waiting().Count.ShouldBe(2);
        Outbox.Trouble().ShouldNotBeNull().Problem.ShouldContain(address.Host);
        using var receiver = new EventReceiver();
        (await Outbox.SendAsync(Options(receiver.Address), evenIfEarly: false, Token)).ShouldNotBeNull("it is too early");
        receiver.Requests.ShouldBe(0);
        _time.UnixMilliseconds += 1_001;
        (await Outbox.SendAsync(Options(receiver.Address), evenIfEarly: false, Token)).ShouldBeNull();
        receiver.Taken.Select(taken => taken.Event.GetProperty("eventType").GetString()).ShouldBe(["START", "COMPLETE"]);
        (Outbox.Waiting().Count, Outbox.Trouble()).ShouldBe((0, null));
    }

    [Fact]
    public async Task Send_EndpointFails_TriedAgainAfterDoublingDelays()
    {
        using var receiver = new EventReceiver(request => request switch { 0 => 500, 1 => null, 2 => 503, _ => 200 });
        await using (var emitter = Emitter(receiver.Address))
            emitter.Begin("a.ingest", "INGEST");
        foreach (var delay in (int[])[1000, 2000, 4000])
        {
            Outbox.Trouble().ShouldNotBeNull().NotBefore.ToUnixTimeMilliseconds().ShouldBe(_time.UnixMilliseconds + delay);
            _time.UnixMilliseconds += delay;
            await Outbox.SendAsync(Options(receiver.Address), evenIfEarly: false, Token);
        }
        (receiver.Requests, receiver.Taken.Count, Outbox.Waiting().Count, Outbox.Trouble()).ShouldBe((4, 1, 0, null));
    }

    [Fact]
    public async Task Send_EventRefused_SetAsideAndOthersSent()
    {
        using var receiver = new EventReceiver(request => request == 0 ? 422 : 200);
        await using (var emitter = Emitter(receiver.Address))
            emitter.Begin("a.ingest", "INGEST").Complete(null, []);
        (receiver.Taken.Count, Outbox.Waiting().Count, Outbox.Rejected().Count).ShouldBe((1, 0, 1));
    }

    [Fact]
    public async Task Emit_FolderCannotBeWritten_WorkGoesOn()
    {
        Directory.CreateDirectory(Home.Root);
        await File.WriteAllTextAsync(Path.Combine(Home.Root, "openlineage"), "", Token);
        await using var emitter = Emitter(new Uri("http://127.0.0.1:9"));
        emitter.Begin("a.ingest", "INGEST").Complete(null, []);
    }

    [Fact]
    public void Resolve_Variables_WinOverTheProject()
    {
        var project = OpenLineageOptions.Create("http://a:1", "mine", "key", "x");
        OpenLineageOptions.Resolve(project, _ => null)!.ToString().ShouldBe("http://a:1/api/v1/lineage (mine)");
        OpenLineageOptions.Resolve(null, _ => null).ShouldBeNull();
        OpenLineageOptions.Resolve(project, name => name == "OPENLINEAGE_DISABLED" ? "true" : null).ShouldBeNull();
        OpenLineageOptions.Resolve(project, name => name switch { "OPENLINEAGE_URL" => "https://b", "OPENLINEAGE_ENDPOINT" => "v2/x", _ => null })!.ToString().ShouldBe("https://b/v2/x (mine)");
        foreach (var wrong in (string[])["x", "ftp://a", "http://user:secret@a"])
            Should.Throw<ArgumentException>(() => OpenLineageOptions.Create(wrong, null, null, "OPENLINEAGE_URL")).Message.ShouldNotContain("secret");
    }

    public void Dispose() => _folder.Dispose();

    private static OpenLineageOptions Options(Uri address) => OpenLineageOptions.Create(address.ToString(), null, "key-of-mine", "x");

    private OpenLineageEmitter Emitter(Uri address) => new(Options(address), Home, _time, TimeSpan.FromMinutes(1));

    private async Task<Snapshot> IngestAsync(Uri address, Expectation[] expectations)
    {
        var file = _folder.File("reviews.csv");
        await File.WriteAllLinesAsync(file, ["text,label,price", .. Enumerable.Range(0, 400).Select(i => FormattableString.Invariant($"{Word} words {i},{(i % 2 == 0 ? "a" : "b")},{i}"))], Token);
        var options = new IngestOptions { Source = new SourceOptions { Path = file, Numeric = ["price"] }, Name = "reviews", Expectations = expectations };
        await using var emitter = Emitter(address);
        return await TrackedWork.IngestAsync(emitter, "reviews", options, null, () => Snapshot.Ingest(options, Home, stop: Token));
    }

    /// <summary>What the schema of the specification asks of an event, its data sets and facets.</summary>
    private static void CheckEvent(JsonElement e)
    {
        DateTimeOffset.TryParse(e.GetProperty("eventTime").GetString(), out _).ShouldBeTrue();
        Uri.IsWellFormedUriString(e.GetProperty("producer").GetString(), UriKind.Absolute).ShouldBeTrue();
        e.GetProperty("schemaURL").GetString().ShouldBe("https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent");
        e.GetProperty("run").GetProperty("runId").TryGetGuid(out _).ShouldBeTrue();
        e.GetProperty("job").GetProperty("namespace").GetString().ShouldBe("plumbline");
        CheckFacets(e.GetProperty("run"), "facets");
        CheckFacets(e.GetProperty("job"), "facets");
        foreach (var (datasets, role) in ((string, string)[])[("inputs", "inputFacets"), ("outputs", "outputFacets")])
        {
            foreach (var dataset in e.GetProperty(datasets).EnumerateArray())
            {
                dataset.GetProperty("namespace").GetString().ShouldNotBeNullOrEmpty();
                dataset.GetProperty("name").GetString().ShouldNotBeNullOrEmpty();
                Uri.IsWellFormedUriString(dataset.GetProperty("facets").GetProperty("dataSource").GetProperty("uri").GetString(), UriKind.Absolute).ShouldBeTrue();
                CheckFacets(dataset, "facets");
                CheckFacets(dataset, role);
            }
        }
    }

    private static void CheckFacets(JsonElement of, string name)
    {
        foreach (var facet in of.GetProperty(name).EnumerateObject())
        {
            Uri.IsWellFormedUriString(facet.Value.GetProperty("_producer").GetString(), UriKind.Absolute).ShouldBeTrue();
            facet.Value.GetProperty("_schemaURL").GetString()!.ShouldMatch($@"^https://openlineage\.io/spec/facets/\d-\d-\d/(\w+Facet)\.json#/\$defs/\1$");
        }
    }
}
