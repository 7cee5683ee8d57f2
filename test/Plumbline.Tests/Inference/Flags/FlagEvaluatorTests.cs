using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using FsCheck.Xunit;
using Plumbline.Inference.Flags;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Inference.Flags;

/// <summary>Each filter as Microsoft.FeatureManagement documents it.</summary>
public sealed class FlagEvaluatorTests
{
    private readonly ManualTime _time = new();

    [Theory]
    [InlineData("{}", true)]
    [InlineData("""{"enabled": false}""", false)]
    [InlineData("""{"enabled": false, "filters": [{"percentage": 100}]}""", false)]
    [InlineData("""{"filters": [{"percentage": 0}]}""", false)]
    [InlineData("""{"filters": [{"percentage": 100}]}""", true)]
    [InlineData("""{"filters": [{"percentage": 0}, {"percentage": 100}]}""", true)]
    [InlineData("""{"requirement": "all", "filters": [{"percentage": 0}, {"percentage": 100}]}""", false)]
    [InlineData("""{"requirement": "all", "filters": [{"percentage": 100}, {"targeting": {"users": ["ann"]}}]}""", true)]
    [InlineData("""{"filters": [{"targeting": {"users": ["ann"]}}]}""", true)]
    [InlineData("""{"filters": [{"targeting": {"users": ["Ann"]}}]}""", false)]
    [InlineData("""{"filters": [{"targeting": {"groups": [{"name": "beta", "rollout_percentage": 100}]}}]}""", true)]
    [InlineData("""{"filters": [{"targeting": {"groups": [{"name": "beta", "rollout_percentage": 0}]}}]}""", false)]
    [InlineData("""{"filters": [{"targeting": {"groups": [{"name": "alpha", "rollout_percentage": 100}]}}]}""", false)]
    [InlineData("""{"filters": [{"targeting": {"default_rollout_percentage": 100}}]}""", true)]
    [InlineData("""{"filters": [{"targeting": {"default_rollout_percentage": 100, "exclusion": {"users": ["ann"]}}}]}""", false)]
    [InlineData("""{"filters": [{"targeting": {"default_rollout_percentage": 100, "exclusion": {"groups": ["beta"]}}}]}""", false)]
    [InlineData("""{"filters": [{"targeting": {"default_rollout_percentage": 100, "exclusion": {"groups": ["alpha"]}}}]}""", true)]
    public async Task Evaluate_ForAnnOfBeta_AsDefined(string definition, bool expected) =>
        (await EvaluateAsync(definition, new FlagContext("ann", ["beta"]))).Enabled.ShouldBe(expected);

    [Fact]
    public async Task Percentage_ManyTimes_AboutThatShare()
    {
        const int Times = 4000;
        var evaluator = Evaluator("""{"filters": [{"percentage": 25}]}""");
        var on = 0;
        for (var i = 0; i < Times; i++)
            on += (await evaluator.EvaluateAsync("flag", FlagContext.Nobody)).Enabled ? 1 : 0;
        ((double)on / Times).ShouldBe(0.25, 0.05);
    }

    [Property(MaxTest = 200)]
    public async Task Targeting_AnyUser_ByTheFirstBytesOfItsHash(string? user, byte share, bool isMember)
    {
        // The documented rule: SHA-256 of user, line feed, flag and, of a group, line feed, group; its first 32 bits, little-endian, as a share.
        var percentage = share / 255.0 * 100;
        var evaluator = Evaluator(FormattableString.Invariant($$$"""{"filters": [{"targeting": {"groups": [{"name": "beta", "rollout_percentage": {{{percentage:R}}}}], "default_rollout_percentage": {{{percentage / 2:R}}}}}]}"""));
        var inGroup = isMember && IsWithin($"{user}\nflag\nbeta", percentage);
        var evaluated = await evaluator.EvaluateAsync("flag", new FlagContext(user, isMember ? ["beta"] : []));
        evaluated.Enabled.ShouldBe(inGroup || IsWithin($"{user}\nflag", percentage / 2));
        (await evaluator.EvaluateAsync("flag", new FlagContext(user, isMember ? ["beta"] : []))).ShouldBe(evaluated, "a user stays where he is");
    }

    [Theory]
    [InlineData("""{"start": "2026-11-02T08:00:00Z"}""", "2026-11-02T07:59:59Z", false)]
    [InlineData("""{"start": "2026-11-02T08:00:00Z"}""", "2026-11-02T08:00:00Z", true)]
    [InlineData("""{"end": "2026-11-02T08:00:00+01:00"}""", "2026-11-02T06:59:59Z", true)]
    [InlineData("""{"end": "2026-11-02T08:00:00+01:00"}""", "2026-11-02T07:00:00Z", false)]
    [InlineData(Daily, "2026-11-02T09:00:00Z", true)]
    [InlineData(Daily, "2026-11-03T09:00:00Z", false)]
    [InlineData(Daily, "2026-11-04T09:00:00Z", true)]
    [InlineData(Daily, "2026-11-04T18:00:00Z", false)]
    [InlineData(Daily, "2026-11-06T09:00:00Z", true)]
    [InlineData(Daily, "2026-11-08T09:00:00Z", false)]
    [InlineData(Weekly, "2026-11-06T09:00:00Z", true)]
    [InlineData(Weekly, "2026-11-09T09:00:00Z", false)]
    [InlineData(Weekly, "2026-11-16T09:00:00Z", true)]
    [InlineData(Weekly, "2026-11-30T09:00:00Z", false)]
    public async Task TimeWindow_AtATime_AsDefined(string window, string at, bool expected)
    {
        _time.UnixMilliseconds = DateTimeOffset.Parse(at, System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();
        (await EvaluateAsync($$$"""{"filters": [{"time_window": {{{window}}}}]}""", FlagContext.Nobody)).Enabled.ShouldBe(expected);
    }

    // Every other day, three times.
    private const string Daily = """{"start": "2026-11-02T08:00:00Z", "end": "2026-11-02T18:00:00Z", "recurrence": {"pattern": {"type": "daily", "interval": 2}, "range": {"type": "numbered", "number_of_occurrences": 3}}}""";

    // Monday and Friday of every other week until 29 November.
    private const string Weekly = """{"start": "2026-11-02T08:00:00Z", "end": "2026-11-02T18:00:00Z", "recurrence": {"pattern": {"type": "weekly", "interval": 2, "days_of_week": ["monday", "friday"], "first_day_of_week": "monday"}, "range": {"type": "end_date", "end_date": "2026-11-29"}}}""";

    [Theory]
    [InlineData("ann", "", true, "large", FlagReason.TargetingMatch)]
    [InlineData("bob", "beta", false, "off", FlagReason.Default)]
    [InlineData("bob", "", true, "small", FlagReason.TargetingMatch)]
    [InlineData("eve", "", false, "off", FlagReason.Default)]
    public async Task Variants_UsersGroupsAndTheRest_OneEachWithItsValue(string user, string group, bool enabled, string variant, FlagReason reason)
    {
        const string Definition = """
            {"filters": [{"targeting": {"default_rollout_percentage": 100, "exclusion": {"users": ["eve"]}}}],
             "variants": [{"name": "off", "value": 0, "status_override": "disabled"}, {"name": "small", "value": 10}, {"name": "large", "value": 99}],
             "allocation": {"default_when_enabled": "small", "default_when_disabled": "off", "users": [{"variant": "large", "users": ["ann"]}], "groups": [{"variant": "off", "groups": ["beta"]}]}}
            """;
        var evaluated = await EvaluateAsync(Definition, new FlagContext(user, group.Length == 0 ? [] : [group]));
        (evaluated.Enabled, evaluated.Variant, evaluated.Reason).ShouldBe((enabled, variant, reason));
        evaluated.Value.GetInt32().ShouldBe(variant switch { "off" => 0, "small" => 10, _ => 99 });
    }

    [Fact]
    public async Task Variants_Percentiles_EachAboutItsShareAndTheSameAgain()
    {
        var evaluator = Evaluator("""
            {"variants": [{"name": "a", "value": "x"}, {"name": "b", "value": "y"}],
             "allocation": {"default_when_enabled": "a", "default_when_disabled": "a", "percentiles": [{"variant": "a", "from": 0, "to": 30}, {"variant": "b", "from": 30, "to": 100}], "seed": "s"}}
            """);
        var first = 0;
        for (var user = 0; user < 2000; user++)
        {
            var evaluated = await evaluator.EvaluateAsync("flag", new FlagContext($"user-{user}"));
            evaluated.Variant.ShouldBe(IsWithin($"user-{user}\ns", 30) ? "a" : "b");
            evaluated.Reason.ShouldBe(FlagReason.Split);
            first += evaluated.Variant == "a" ? 1 : 0;
        }
        (first / 2000.0).ShouldBe(0.3, 0.05);
    }

    [Fact]
    public async Task Evaluate_ManyAtOnceWithVariants_EachItsOwnOutcome()
    {
        var evaluator = Evaluator("""
            {"filters": [{"targeting": {"users": ["ann"]}}], "variants": [{"name": "on", "value": true}, {"name": "off", "value": false}], "allocation": {"default_when_enabled": "on", "default_when_disabled": "off"}}
            """);
        await Parallel.ForAsync(0, 2000, async (i, _) =>
        {
            var evaluated = await evaluator.EvaluateAsync("flag", new FlagContext(i % 2 == 0 ? "ann" : "bob"));
            (evaluated.Enabled, evaluated.Variant).ShouldBe(i % 2 == 0 ? (true, "on") : (false, "off"));
        });
    }

    [Fact]
    public async Task Constant_EvaluatedOnce_ThenKnownWithoutAllocating()
    {
        var evaluator = Evaluator("{}");
        evaluator.Constant("flag").ShouldBeNull();
        await evaluator.EvaluateAsync("flag", FlagContext.Nobody);
        evaluator.Constant("flag")!.Reason.ShouldBe(FlagReason.Static);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
            await evaluator.EvaluateAsync("flag", FlagContext.Nobody);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        var drawn = Evaluator("""{"filters": [{"percentage": 100}]}""");
        await drawn.EvaluateAsync("flag", FlagContext.Nobody);
        drawn.Constant("flag").ShouldBeNull();
    }

    [Theory]
    [InlineData("{}", false, false)]
    [InlineData("""{"filters": [{"percentage": 5}]}""", false, false)]
    [InlineData("""{"filters": [{"targeting": {"users": ["a"]}}]}""", true, false)]
    [InlineData("""{"filters": [{"targeting": {"groups": [{"name": "g", "rollout_percentage": 1}]}}]}""", true, true)]
    [InlineData("""{"enabled": false, "filters": [{"targeting": {"users": ["a"]}}]}""", false, false)]
    public void AsksFor_OnlyWhatMatters(string definition, bool user, bool groups)
    {
        var evaluator = Evaluator(definition);
        (evaluator.AsksForUser("flag"), evaluator.AsksForGroups("flag")).ShouldBe((user, groups));
    }

    private ValueTask<FlagEvaluation> EvaluateAsync(string definition, FlagContext context) => Evaluator(definition).EvaluateAsync("flag", context);

    private FlagEvaluator Evaluator(string definition) => new([KeyValuePair.Create("flag", FlagDefinition.Parse(definition))], _time);

    private static bool IsWithin(string content, double percentage)
    {
        var share = BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(content))) / (double)uint.MaxValue * 100;
        return percentage == 100 || share < percentage;
    }
}
