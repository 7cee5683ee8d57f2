using System.Text.Json;
using Plumbline.Tuning;
using Plumbline.Tuning.Pruners;
using Plumbline.Tuning.Samplers;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tests.Tuning;

/// <summary>The JSON as docs/specs/tuning.md has it.</summary>
public sealed class StudyJsonTests
{
    [Fact]
    public void Write_Definition_IsAsSpecified()
    {
        var definition = new StudyDefinition
        {
            Name = "reviews/logistic",
            Space = new([
                new CategoricalParameter("k", ["lin", "tree", true, 3, 0.5]),
                new FloatParameter("c", 0.0001, 100, Log: true) { When = new("k", ["lin"]) },
                new FloatParameter("dropout", 0, 0.5, Step: 0.1),
                new IntParameter("depth", 2, 20) { When = new("k", ["tree"]) },
            ]),
            Pruner = new PatientPruner { Patience = 2, Wrapped = new PercentilePruner() },
        };
        const string Json = """
            {"name":"reviews/logistic","space":{"parameters":[
            {"type":"categorical","choices":["lin","tree",true,3,0.5],"name":"k"},
            {"type":"float","low":0.0001,"high":100,"log":true,"name":"c","when":{"parent":"k","in":["lin"]}},
            {"type":"float","low":0,"high":0.5,"log":false,"step":0.1,"name":"dropout"},
            {"type":"int","low":2,"high":20,"log":false,"step":1,"name":"depth","when":{"parent":"k","in":["tree"]}}]},
            "directions":["maximize"],
            "sampler":{"type":"tpe","startup_trials":10,"candidates":24,"prior_weight":1,"multivariate_share":0.5},
            "pruner":{"type":"patient","wrapped":{"type":"percentile","percentile":50,"startup_trials":5,"warmup_steps":0,"interval":1,"min_trials":1},"patience":2,"min_delta":0},
            "seed":42,"window":4,"is_deterministic":true}
            """;
        ShouldBeSame(StudyJson.Write(definition), Json);
        StudyJson.Write(StudyJson.ReadDefinition(Json)).ShouldBe(StudyJson.Write(definition));
    }

    [Fact]
    public void Write_Trial_IsAsSpecified()
    {
        var trial = new Trial(
            17, TrialState.Pruned, new([new("k", "tree"), new("dropout", 0.1), new("depth", 7), new("whole", 1.0)]), [], [new(1, 0.53), new(2, double.NaN)],
            Started: new DateTimeOffset(2026, 11, 25, 20, 15, 0, TimeSpan.Zero), Ended: new DateTimeOffset(2026, 11, 25, 20, 15, 1, 250, TimeSpan.Zero));
        const string Json = """
            {"number":17,"state":"pruned","parameters":{"k":"tree","dropout":0.1,"depth":7,"whole":1.0},"values":[],"intermediate":[{"step":1,"value":0.53},{"step":2,"value":null}],
            "started":"2026-11-25T20:15:00+00:00","ended":"2026-11-25T20:15:01.25+00:00"}
            """;
        ShouldBeSame(StudyJson.Write(trial), Json);
        StudyJson.Write(StudyJson.ReadTrial(Json)).ShouldBe(StudyJson.Write(trial));
    }

    [Fact]
    public void ReadDefinition_EverySampler_ComesBack()
    {
        Sampler[] samplers = [new RandomSampler(), new GridSampler(), new TpeSampler { Candidates = 3 }, new CmaEsSampler { Population = 9 }, new CmaEsSampler(), new Nsga2Sampler { MutationProbability = 0.1 }];
        foreach (var sampler in samplers)
            StudyJson.ReadDefinition(StudyJson.Write(new StudyDefinition { Name = "s", Space = new([]), Sampler = sampler })).Sampler.ShouldBe(sampler);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"number":1,"state":"lost","parameters":{},"values":[],"intermediate":[]}""")]
    [InlineData("""{"number":1,"state":"failed","parameters":{"a":[1]},"values":[],"intermediate":[]}""")]
    [InlineData("""{"number":1,"state":"failed","parameters":7,"values":[],"intermediate":[]}""")]
    public void ReadTrial_Damaged_IsRefused(string json) => Should.Throw<JsonException>(() => StudyJson.ReadTrial(json));

    /// <summary>But for white space between the lines of the expected one.</summary>
    private static void ShouldBeSame(string json, string expected) => json.ShouldBe(expected.ReplaceLineEndings(""));
}
