using Microsoft.AspNetCore.Http;
using Plumbline.Server.Admission;
using Plumbline.Server.Problems;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Tests.Admission;

public sealed class EarlyRefusalTests
{
    [Theory]
    [InlineData(0.1, 0)]
    [InlineData(1.25, 0)]
    [InlineData(2, 0.2)]
    [InlineData(3.125, 0.5)]
    [InlineData(5, 0.9)]
    [InlineData(1000, 0.9)]
    public void Refused_ByTheDelay_AShareThatGrowsWithIt(double delay, double share) =>
        AdmissionControl.Refused(TimeSpan.FromMilliseconds(delay), TimeSpan.FromMilliseconds(10), TimeSpan.FromSeconds(2)).ShouldBe(share, 1e-9);

    [Fact]
    public void Refused_LongerThanAnybodyMayWait_MostWhateverTheDeadline() =>
        AdmissionControl.Refused(TimeSpan.FromSeconds(2.1), TimeSpan.FromHours(1), TimeSpan.FromSeconds(2)).ShouldBe(0.9);

    [Theory]
    [InlineData("/predict", 0.2)]
    [InlineData("/predict", 7.5)]
    [InlineData("/v2/models/reviews/infer", 0.2)]
    public async Task WriteOverloaded_AsTheProblemIsWritten_ByteForByte(string path, double seconds)
    {
        var (usual, early) = (Context(path), Context(path));
        await ProblemResponse.WriteAsync(usual, Problem.Overloaded(TimeSpan.FromSeconds(seconds)));
        ProblemResponse.WriteOverloaded(early, TimeSpan.FromSeconds(seconds));
        await early.Response.BodyWriter.FlushAsync(TestContext.Current.CancellationToken);
        early.Response.StatusCode.ShouldBe(usual.Response.StatusCode);
        early.Response.Headers.Select(header => $"{header.Key}: {header.Value}").Order().ShouldBe(usual.Response.Headers.Select(header => $"{header.Key}: {header.Value}").Order());
        ((MemoryStream)early.Response.Body).ToArray().ShouldBe(((MemoryStream)usual.Response.Body).ToArray());
    }

    private static DefaultHttpContext Context(string path)
    {
        var context = new DefaultHttpContext();
        context.Request.Path = path;
        context.Response.Headers[RequestId.Header] = "0123456789abcdef0123456789abcdef";
        context.Response.Body = new MemoryStream();
        return context;
    }
}
