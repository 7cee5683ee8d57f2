using Plumbline.Datasets.Aggregates;
using Plumbline.Features.Online;

namespace Plumbline.Server.Tests.EntityEvents;

public sealed class EntityEventsTests : IAsyncLifetime
{
    private const string Observations = "/v1/features/observations", Labels = "/v1/features/labels";
    private readonly TemporaryFolder _folder = new();
    private RunningServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await RunningServer.StartAsync(new ServerOptions
    {
        Bundle = AggregateBundle.Directory,
        Port = 0,
        FeatureStore = new FeatureStoreOptions { Folder = _folder.File("store") },
    });

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Post_EventsAndARetry_CountedOnce()
    {
        const string Body = """{"observations":[{"id":"1","user":"u","item":7,"time":"2024-01-01","text":"ünï"},{"id":"2","user":"u","characters":5,"other":{}}]}""";
        (await _server.PostAsync(Observations, Body)).Body.ShouldBe("""{"applied":2,"repeated":0}""");
        (await _server.PostAsync(Observations, Body)).Body.ShouldBe("""{"applied":0,"repeated":2}""");
        (await _server.PostAsync(Labels, """{"labels":[{"id":"1","user":"u","item":7,"label":"5"},{"id":"2","user":"u","label":4}]}""")).Body
            .ShouldBe("""{"applied":2,"repeated":0}""");
    }

    [Fact]
    public async Task Post_CountsFull_ConflictAndOthersApplied()
    {
        using var folder = new TemporaryFolder();
        var options = new FeatureStoreOptions { Folder = folder.File("store") };
        var full = new byte[EntityState.Size];
        BitConverter.TryWriteBytes(full, int.MaxValue);
        await using (var store = FeatureStore.Open(options, TimeProvider.System))
            await store.LoadAsync([(EntityKind.User, "full"u8.ToArray(), EntityState.Read(full))], replace: false, TestContext.Current.CancellationToken);
        await using var server = await RunningServer.StartAsync(new ServerOptions { Bundle = AggregateBundle.Directory, Port = 0, FeatureStore = options });
        const string Body = """{"observations":[{"id":"1","user":"full","characters":1},{"id":"2","user":"u","characters":1}]}""";
        (await server.PostAsync(Observations, Body)).ShouldBeProblem(409, "counts-full");
        (await server.PostAsync(Observations, """{"observations":[{"id":"2","user":"u","characters":1}]}""")).Body.ShouldBe("""{"applied":0,"repeated":1}""");
    }

    [Fact]
    public async Task Post_TimeUp_SaysThatARetryIsSafe()
    {
        using var folder = new TemporaryFolder();
        await using var server = await RunningServer.StartAsync(new ServerOptions
        {
            Bundle = AggregateBundle.Directory,
            Port = 0,
            Timeout = TimeSpan.FromTicks(1),
            FeatureStore = new FeatureStoreOptions { Folder = folder.File("store") },
        });
        (await server.PostAsync(Observations, """{"observations":[{"id":"1","user":"u","characters":1}]}""")).ShouldBeProblem(504, "timeout");
    }

    [Theory]
    [InlineData(Observations, "{}", "$")]
    [InlineData(Observations, """{"observations":[]}""", "$.observations")]
    [InlineData(Observations, """{"observations":[1]}""", "$.observations[0]")]
    [InlineData(Observations, """{"observations":[{"user":"u","characters":1}]}""", "$.observations[0]")]
    [InlineData(Observations, """{"observations":[{"id":"1","user":"u"}]}""", "$.observations[0]")]
    [InlineData(Observations, """{"observations":[{"id":"1","characters":1}]}""", "$.observations[0]")]
    [InlineData(Observations, """{"observations":[{"id":"1","user":"u","characters":-1}]}""", "$.observations[0].characters")]
    [InlineData(Observations, """{"observations":[{"id":"1","user":"u","characters":1.5}]}""", "$.observations[0].characters")]
    [InlineData(Observations, """{"observations":[{"id":"1","user":"u","characters":1,"text":"a"}]}""", "$.observations[0]")]
    [InlineData(Observations, """{"observations":[{"id":"1","id":"2","user":"u","characters":1}]}""", "$.observations[0].id")]
    [InlineData(Observations, """{"observations":[{"id":7,"user":"u","characters":1}]}""", "$.observations[0].id")]
    [InlineData(Observations, """{"observations":[{"id":"1","user":[],"characters":1}]}""", "$.observations[0].user")]
    [InlineData(Observations, """{"observations":[{"id":"1","user":"u","characters":1,"time":"soon"}]}""", "$.observations[0].time")]
    [InlineData(Labels, """{"labels":[{"id":"1","user":"u"}]}""", "$.labels[0]")]
    [InlineData(Labels, """{"labels":[{"id":"1","user":"u","label":"9"}]}""", "$.labels[0].label")]
    [InlineData(Labels, """{"labels":[],"labels":[]}""", "$.labels")]
    public async Task Post_EventThatCannotBe_NamesThePlace(string path, string body, string place) =>
        (await _server.PostAsync(path, body)).ShouldBeProblem(400, "invalid-request", place);

    [Fact]
    public async Task Post_TooManyOrNoJson_Refused()
    {
        var many = string.Join(',', Enumerable.Repeat("""{"id":"1","user":"u","characters":1}""", 1001));
        (await _server.PostAsync(Observations, $$"""{"observations":[{{many}}]}""")).ShouldBeProblem(400, "invalid-request", "$.observations");
        (await _server.PostAsync(Observations, "{")).ShouldBeProblem(400, "invalid-json");
        (await _server.PostAsync(Observations, """{"observations":[{"id":"\ud800","user":"u","characters":1}]}""")).ShouldBeProblem(400, "invalid-json");
        (await _server.GetAsync(Observations)).ShouldBeProblem(405, "method-not-allowed");
    }
}
