using System.Buffers;
using System.Text;
using System.Text.Json;
using Plumbline.Inference;
using Plumbline.Server.Hosting;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Tests.Predictions;

public sealed class PredictionCallTests(RunningServer server) : IDisposable
{
    private static readonly RequestLimits Limits = new();
    private static readonly RequestIds Ids = new(TimeProvider.System);
    private readonly ServedModel _model = new(Predictor.Load(TestBundle.Directory), "reviews", 3, new ServerMetrics(new ServerState(TimeProvider.System)));
    private readonly PredictionCall _call = new();

    public void Dispose()
    {
        _call.Dispose();
        _model.Dispose();
    }

    [Theory]
    [InlineData("a wonderful book, loved it!!!", 4.5f)]
    [InlineData("grüße 😀 awful", 0f)]
    [InlineData("", -3e7f)]
    public async Task Predict_OverHttp_BitEqualToThePredictor(string text, float price)
    {
        var expected = new float[_model.Predictor.Labels.Count];
        var chosen = _model.Predictor.Predict(Encoding.UTF8.GetBytes(text), [price], expected, default);

        var answer = (await server.PredictAsync(JsonSerializer.Serialize(new { text, numeric_features = new { price } }))).Json;

        answer.GetProperty("label").GetString().ShouldBe(_model.Predictor.Labels[chosen]);
        answer.GetProperty("probs").EnumerateObject().Select(p => BitConverter.SingleToInt32Bits(p.Value.GetSingle()))
            .ShouldBe(expected.Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void Run_Texts_AllocateNothing() =>
        Allocated("""{"texts":["a wonderful book, loved it \u2013 10/10!"],"numeric_features":null}""", PredictRequestReader.Read).ShouldBe(0);

    [Fact]
    public void Run_Rows_AllocateNothing() =>
        Allocated("""{"data":[{"reviewText":"a wonderful book","price":3},{"text":"awful","price":1e9}]}""", BatchRequestReader.Read).ShouldBe(0);

    [Fact]
    public void Run_TimeIsUp_StopsBetweenTexts()
    {
        var problem = Should.Throw<ProblemException>(() => Run("""{"texts":["a","b"]}"""u8, TimeSpan.Zero)).Problem;
        problem.Status.ShouldBe(504);
    }

    [Fact]
    public void IsReusable_AfterAHugeBody_False()
    {
        Run("""{"text":"a"}"""u8, TimeSpan.FromSeconds(10));
        _call.IsReusable.ShouldBeTrue();
        Run(Encoding.UTF8.GetBytes($$"""{"text":"a","x":"{{new string('x', 1_000_000)}}"}"""), TimeSpan.FromSeconds(10));
        _call.IsReusable.ShouldBeFalse();
    }

    private long Allocated(string body, ReadRequest read)
    {
        const int Runs = 100;
        var utf8 = Encoding.UTF8.GetBytes(body);
        for (var i = 0; i < Runs; i++)
            Run(utf8, TimeSpan.FromSeconds(10), read);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Runs; i++)
            Run(utf8, TimeSpan.FromSeconds(10), read);
        return (GC.GetAllocatedBytesForCurrentThread() - before) / Runs;
    }

    private void Run(ReadOnlySpan<byte> body, TimeSpan limit, ReadRequest? read = null)
    {
        _call.Clear();
        _call.Body.Write(body);
        _call.Read(_model, read ?? PredictRequestReader.Read, Limits);
        _call.Complete(_model, Ids, 0, new Deadline(TimeProvider.System, limit));
    }
}
