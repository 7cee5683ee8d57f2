using Plumbline.Inference.Routing;
using Plumbline.Storage;

namespace Plumbline.Tests.Inference.Routing;

public sealed class TrafficPlanTests
{
    [Fact]
    public void Parse_Written_TheSamePlan()
    {
        var plan = new TrafficPlan { Candidates = [new("challenger", 0.1)], Shadows = [new("7", 1)], Unit = RoutingUnit.User, Salt = "november" };
        plan.ToJson().ShouldBe("""{"stable":"champion","candidates":[{"version":"challenger","share":0.1}],"shadows":[{"version":"7","share":1}],"unit":"user","salt":"november"}""");
        TrafficPlan.Parse(plan.ToJson()).ToJson().ShouldBe(plan.ToJson());
        TrafficPlan.Parse("{}").ToJson().ShouldBe(new TrafficPlan().ToJson());
    }

    [Theory]
    [InlineData("""{"candidates":[{"version":"challenger","share":0}]}""", "candidates[0].share: 0 is not above 0")]
    [InlineData("""{"candidates":[{"version":"7","share":1.5}]}""", "candidates[0].share: 1.5 is not above 0")]
    [InlineData("""{"candidates":[{"version":"7","share":0.6},{"version":"8","share":0.5}]}""", "candidates: their shares are 1.1 together")]
    [InlineData("""{"shadows":[{"version":"7","share":0.6},{"version":"7","share":0.5}]}""", "shadows: 7 stands there twice")]
    [InlineData("""{"shadows":[{"version":" ","share":0.6}]}""", "shadows[0].version: name an alias")]
    [InlineData("""{"candidates":[null]}""", "candidates[0]: it is null")]
    [InlineData("""{"shadows":[{"version":"7","share":1},null]}""", "shadows[1]: it is null")]
    [InlineData("""{"stable":""}""", "stable: name an alias")]
    [InlineData("""{"unit":"planet"}""", "$.unit: this is no traffic plan")]
    [InlineData("""{"unit":1}""", "$.unit: this is no traffic plan")]
    [InlineData("""{"stabel":"champion"}""", "$.stabel: this is no traffic plan")]
    [InlineData("""{"candidates":[{"version":"7"}]}""", "$.candidates[0]: this is no traffic plan")]
    [InlineData("""{"candidates":null}""", "$.candidates: this is no traffic plan")]
    [InlineData("null", "$: this is no traffic plan")]
    [InlineData("{", "$: this is no traffic plan")]
    public void Parse_Wrong_NamesTheKey(string json, string message)
    {
        var refused = Should.Throw<MetadataException>(() => TrafficPlan.Parse(json));
        refused.Error.ShouldBe(MetadataError.Invalid);
        refused.Message.ShouldStartWith(message);
    }

    [Fact]
    public void Validate_TooMuch_Refused()
    {
        Should.Throw<MetadataException>((new TrafficPlan { Salt = new string('s', 101) }).Validate).Message.ShouldContain("salt: it has 101 characters");
        var many = Enumerable.Range(1, 9).Select(i => new TrafficShare($"{i}", 0.01)).ToArray();
        Should.Throw<MetadataException>((new TrafficPlan { Shadows = many }).Validate).Message.ShouldContain("shadows: 9 versions are more than 8");
    }
}
