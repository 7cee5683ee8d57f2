using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Plumbline.Storage;
using Plumbline.Tracking.Filters;

namespace Plumbline.Tests.Tracking.Filters;

public sealed class FilterParserTests
{
    [Fact]
    public void ParseFilter_EveryForm_Understood()
    {
        var parsed = FilterParser.ParseFilter("metrics.val.f1 >= .5 and tag.`my key` != 'it''s' AND params.\"a b\" ILIKE \"x%\" AND status NOT IN ('FAILED', 'KILLED')");
        parsed.Select(comparison => (comparison.Field.Prefix, comparison.Field.Key, comparison.Comparator)).ShouldBe(
        [
            ("metrics", "val.f1", Comparator.GreaterOrEqual), ("tag", "my key", Comparator.NotEqual), ("params", "a b", Comparator.ILike), (null, "status", Comparator.NotIn),
        ]);
        parsed[0].Values.ShouldHaveSingleItem().Number.ShouldBe(0.5);
        parsed[1].Values.ShouldHaveSingleItem().Text.ShouldBe("it's");
        parsed[3].Values.Select(value => value.Text).ShouldBe(["FAILED", "KILLED"]);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("  ")]
    public void ParseFilter_Blank_HoldsForAll(string? filter) => FilterParser.ParseFilter(filter).ShouldBeEmpty();

    [Theory]
    [InlineData("metrics.f1 >", 13)]
    [InlineData("metrics.f1 0.5", 12)]
    [InlineData("metrics.f1 > 0.5 OR metrics.f1 < 0.1", 18)]
    [InlineData("metrics.f1 > 0.5 AND", 21)]
    [InlineData("metrics. > 0.5", 1)]
    [InlineData("name = 'open", 8)]
    [InlineData("name IN 'a'", 9)]
    [InlineData("name IN ('a'", 13)]
    [InlineData("name = 'a'; DROP TABLE runs", 11)]
    [InlineData("metrics.f1 > 1e999", 14)]
    [InlineData("= 3", 1)]
    public void ParseFilter_Broken_SaysWhere(string filter, int position) =>
        Should.Throw<MetadataException>(() => FilterParser.ParseFilter(filter)).Message.ShouldContain($"position {position}:");

    [Theory]
    [InlineData("metrics.f1", false)]
    [InlineData("metrics.`f 1` desc", true)]
    [InlineData("start_time ASC", false)]
    public void ParseOrder_Direction_AscendingUnlessSaid(string order, bool descending) => FilterParser.ParseOrder(order).Descending.ShouldBe(descending);

    [Fact]
    public void ParseOrder_MoreThanOneTerm_Refused() =>
        Should.Throw<MetadataException>(() => FilterParser.ParseOrder("metrics.f1 DESC, start_time")).Message.ShouldContain("position 16");

    [Property(MaxTest = 500)]
    public Property ParseFilter_AnyText_ParsedOrRefusedWithAPosition() => Prop.ForAll(
        Gen.Elements("metrics.a", "tags.`b`", "=", "!=", ">", "LIKE", "IN", "NOT", "(", ")", ",", "'x'", "\"", "`", "0.5", "-", "AND", "and", "é", "\0", ";", ".").ListOf().Select(parts => string.Join(' ', parts)).ToArbitrary(),
        filter =>
        {
            try
            {
                FilterParser.ParseFilter(filter);
                return true;
            }
            catch (MetadataException exception)
            {
                return exception.Message.Contains("position ", StringComparison.Ordinal);
            }
        });
}
