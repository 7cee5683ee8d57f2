using Plumbline.Inference.Flags;
using Plumbline.Storage;

namespace Plumbline.Tests.Inference.Flags;

public sealed class FlagDefinitionTests
{
    private const string Window = "\"start\": \"2026-11-02T08:00:00Z\", \"end\": \"2026-11-02T18:00:00Z\"";

    [Theory]
    [InlineData("{}", """{"enabled":true}""")]
    [InlineData("""{"enabled": false, "requirement": "all", "filters": [{"percentage": 5}]}""", """{"enabled":false,"requirement":"all","filters":[{"percentage":5}]}""")]
    [InlineData("""{"filters": [{"time_window": {"start": "2026-11-02T08:00:00"}}]}""", """{"enabled":true,"filters":[{"time_window":{"start":"2026-11-02T08:00:00+00:00"}}]}""")]
    [InlineData(
        """{"filters": [{"time_window": {"start": "2026-11-02T08:00:00Z", "end": "2026-11-02T18:00:00Z", "recurrence": {"pattern": {"type": "weekly", "days_of_week": ["monday"]}, "range": {"type": "no_end"}}}}]}""",
        """{"enabled":true,"filters":[{"time_window":{"start":"2026-11-02T08:00:00+00:00","end":"2026-11-02T18:00:00+00:00","recurrence":{"pattern":{"type":"weekly","interval":1,"days_of_week":["monday"],"first_day_of_week":"sunday"},"range":{"type":"no_end"}}}}]}""")]
    public void ToJson_Parsed_SaysTheSame(string json, string expected)
    {
        FlagDefinition.Parse(json).ToJson().ShouldBe(expected);
        FlagDefinition.Parse(expected).ToJson().ShouldBe(expected);
    }

    [Theory]
    [InlineData("null", "$")]
    [InlineData("[]", "$")]
    [InlineData("""{"enable": true}""", "enable")]
    [InlineData("""{"enabled": "yes"}""", "enabled")]
    [InlineData("""{"requirement": "some"}""", "requirement")]
    [InlineData("""{"filters": [{}]}""", "filters[0]: write one of")]
    [InlineData("""{"filters": [null]}""", "filters[0]: write one of")]
    [InlineData("""{"filters": [{"percentage": 5, "targeting": {}}]}""", "filters[0]: write one of")]
    [InlineData("""{"filters": [{"percentage": 5}, {"percentage": -1}]}""", "filters[1].percentage: -1")]
    [InlineData("""{"filters": [{"percentage": 5.5}]}""", "filters[0].percentage")]
    [InlineData("""{"filters": [{"targeting": {"user": ["a"]}}]}""", "filters[0].targeting.user")]
    [InlineData("""{"filters": [{"targeting": {"users": ["a", ""]}}]}""", "filters[0].targeting.users[1]")]
    [InlineData("""{"filters": [{"targeting": {"users": ["a", "a"]}}]}""", "filters[0].targeting.users: 'a' stands there twice")]
    [InlineData("""{"filters": [{"targeting": {"groups": [{"rollout_percentage": 5}]}}]}""", "filters[0].targeting.groups[0]")]
    [InlineData("""{"filters": [{"targeting": {"groups": [{"name": "g", "rollout_percentage": 101}]}}]}""", "filters[0].targeting.groups[0].rollout_percentage: 101")]
    [InlineData("""{"filters": [{"targeting": {"default_rollout_percentage": 100.5}}]}""", "filters[0].targeting.default_rollout_percentage: 100.5")]
    [InlineData("""{"filters": [{"targeting": {"exclusion": {"users": [null]}}}]}""", "filters[0].targeting.exclusion.users[0]")]
    [InlineData("""{"filters": [{"time_window": {}}]}""", "filters[0].time_window: needs start")]
    [InlineData("""{"filters": [{"time_window": {"start": "soon"}}]}""", "filters[0].time_window.start")]
    [InlineData("""{"filters": [{"time_window": {"start": "2026-11-02", "end": "2026-11-02"}}]}""", "filters[0].time_window.end")]
    [InlineData("{\"filters\": [{\"time_window\": {" + Window + ", \"recurrence\": {}}}]}", "filters[0].time_window.recurrence.pattern")]
    [InlineData("{\"filters\": [{\"time_window\": {" + Window + ", \"recurrence\": {\"pattern\": {\"type\": \"daily\"}}}}]}", "filters[0].time_window.recurrence.range")]
    [InlineData("{\"filters\": [{\"time_window\": {" + Window + ", \"recurrence\": {\"pattern\": {\"type\": \"daily\", \"interval\": 0}, \"range\": {\"type\": \"no_end\"}}}}]}", "filters[0].time_window.recurrence.pattern.interval")]
    [InlineData("{\"filters\": [{\"time_window\": {" + Window + ", \"recurrence\": {\"pattern\": {\"type\": \"weekly\"}, \"range\": {\"type\": \"no_end\"}}}}]}", "filters[0].time_window.recurrence.pattern.days_of_week")]
    [InlineData("{\"filters\": [{\"time_window\": {" + Window + ", \"recurrence\": {\"pattern\": {\"type\": \"weekly\", \"days_of_week\": [\"tuesday\"]}, \"range\": {\"type\": \"no_end\"}}}}]}", "filters[0].time_window.start")]
    [InlineData("{\"filters\": [{\"time_window\": {" + Window + ", \"recurrence\": {\"pattern\": {\"type\": \"daily\"}, \"range\": {\"type\": \"numbered\", \"number_of_occurrences\": 0}}}}]}", "filters[0].time_window.recurrence.range.number_of_occurrences")]
    [InlineData("""{"allocation": {"default_when_enabled": "a", "default_when_disabled": "a"}}""", "allocation: there are no variants")]
    [InlineData("""{"variants": [{"name": "a"}]}""", "variants[0]")]
    [InlineData("""{"variants": [{"name": "a", "value": 1}]}""", "allocation: with variants")]
    [InlineData("""{"variants": [{"name": "a", "value": 1}, {"name": "a", "value": 2}], "allocation": {"default_when_enabled": "a", "default_when_disabled": "a"}}""", "variants: 'a' stands there twice")]
    [InlineData("""{"variants": [{"name": "a", "value": 1}, {"name": "b", "value": "2"}], "allocation": {"default_when_enabled": "a", "default_when_disabled": "a"}}""", "variants: their values")]
    [InlineData("""{"variants": [{"name": "a", "value": null}], "allocation": {"default_when_enabled": "a", "default_when_disabled": "a"}}""", "variants: their values")]
    [InlineData("""{"variants": [{"name": "a", "value": 1}], "allocation": {"default_when_enabled": "b", "default_when_disabled": "a"}}""", "allocation.default_when_enabled: 'b'")]
    [InlineData("""{"variants": [{"name": "a", "value": 1}], "allocation": {"default_when_disabled": "a"}}""", "allocation")]
    [InlineData("""{"variants": [{"name": "a", "value": 1}], "allocation": {"default_when_enabled": "a", "default_when_disabled": "a", "users": [{"variant": "b", "users": ["x"]}]}}""", "allocation.users[0].variant: 'b'")]
    [InlineData("""{"variants": [{"name": "a", "value": 1}], "allocation": {"default_when_enabled": "a", "default_when_disabled": "a", "percentiles": [{"variant": "a", "from": 60, "to": 50}]}}""", "allocation.percentiles[0]: 60 to 50")]
    public void Parse_Wrong_RefusedWithTheKey(string json, string message)
    {
        var refusal = Should.Throw<MetadataException>(() => FlagDefinition.Parse(json));
        refusal.Error.ShouldBe(MetadataError.Invalid);
        refusal.Message.ShouldStartWith(message);
    }
}
