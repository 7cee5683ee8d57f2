using System.Globalization;
using FsCheck.Xunit;
using Plumbline.Datasets;
using Plumbline.Datasets.Expectations;
using Plumbline.Statistics;
using Type = Plumbline.Datasets.Expectations.ExpectationType;

namespace Plumbline.Tests.Datasets.Expectations;

public sealed class RowExpectationTests
{
    private static readonly ColumnNames Column = new(["value"], new SchemaMapping(new(0, "value", ""), null, null, null, null, null, []));

    public static TheoryData<Type, ExpectationArguments, string[], string[]> Cases => new()
    {
        { Type.ExpectColumnValuesToBeOfType, new() { Type = FieldType.Integer }, ["1", "-20", " 3 "], ["1.5", "x", "99999999999999999999"] },
        { Type.ExpectColumnValuesToBeOfType, new() { Type = FieldType.Number }, ["1.5", "-2e3"], ["NaN", "1,5"] },
        { Type.ExpectColumnValuesToBeOfType, new() { Type = FieldType.Boolean }, ["true", "F"], ["yes"] },
        { Type.ExpectColumnValuesToBeOfType, new() { Type = FieldType.Time }, ["2024-05-31", "2024-05-31T10:00:00Z"], ["31/05/2024"] },
        { Type.ExpectColumnValuesToBeBetween, new() { MinValue = "1", MaxValue = "5" }, ["1", "5", "2.5"], ["0", "5.01", "five"] },
        { Type.ExpectColumnValuesToBeBetween, new() { MinValue = "2024-01-01" }, ["2024-01-01", "2025-03-04 10:00:00"], ["2023-12-31", "soon"] },
        { Type.ExpectColumnValuesToBeInSet, new() { ValueSet = ["да", "нет"] }, ["да", " нет"], ["ДА", "yes"] },
        { Type.ExpectColumnValuesToNotBeInSet, new() { ValueSet = ["n/a"] }, ["yes"], ["n/a"] },
        { Type.ExpectColumnValuesToMatchRegex, new() { Regex = "^[A-ZÄ]{2}\\d+$" }, ["AB1", "ÄB22"], ["ab1", "ABC"] },
        { Type.ExpectColumnValuesToNotMatchRegex, new() { Regex = "<[a-z]+>" }, ["a < b"], ["a <br> b"] },
        { Type.ExpectColumnValueLengthsToBeBetween, new() { MinValue = "2", MaxValue = "3" }, ["né", "日本語"], ["é", "four"] },
        { Type.ExpectColumnValuesToNotHaveReplacementCharacters, new(), ["fine"], ["bro\uFFFDen"] },
        { Type.ExpectColumnValuesToNotHaveMojibake, new(), ["café", "“quoted” – À bientôt", "Ünïcödé", "São"], ["cafÃ©", "itâ€™s", "ðŸ˜€", "50Â° "] },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Check_OfOneValue_PassesAndFails(Type type, ExpectationArguments arguments, string[] good, string[] bad)
    {
        var expectation = new Expectation(type, arguments with { Column = "value" });
        expectation.Validate();
        Result(expectation, good).ShouldBe(expectation, met: true, 0, []);
        Result(expectation, [.. good, .. bad]).ShouldBe(expectation, met: false, bad.Length, [.. bad.Select(value => value.Trim())]);
    }

    [Fact]
    public void Check_OfMissingValues_OnlyNullsAreJudged()
    {
        var range = new Expectation(Type.ExpectColumnValuesToBeBetween, new() { Column = "value", MinValue = "1" });
        Result(range, "", " ", "2").Result.MissingCount.ShouldBe(2);
        Result(range, "", " ", "2").Success.ShouldBeTrue();
        var nulls = new Expectation(Type.ExpectColumnValuesToNotBeNull, new() { Column = "value" });
        var result = Result(nulls, "", " ", "2", "3");
        result.Success.ShouldBeFalse();
        result.Result.UnexpectedCount.ShouldBe(2);
        result.Result.UnexpectedPercent.ShouldBe(50);
    }

    [Fact]
    public void Check_OfRepeats_TellsThoseThatStandBeforeAcrossBatches()
    {
        var expectation = new Expectation(Type.ExpectColumnValuesToBeUnique, new() { Column = "value" });
        var checks = RowChecks.Compile([expectation], Column);
        using var tallies = new RowTallies(checks);
        foreach (var batch in new[] { Given.Batch(1, ["a"], ["b"], [""]), Given.Batch(4, ["c"], [" a "], [""], ["b"], ["a"]) })
            tallies.Add(batch, checks.Check(batch));
        tallies.BrokenBy(0).ShouldBeEmpty();
        tallies.BrokenBy(1).Single().Expectation.ShouldBe(expectation);
        var result = tallies.Results().Single();
        result.Result.PartialUnexpectedIndexList!.Select(row => row.Row).ShouldBe([5L, 7, 8]);
        result.Result.PartialUnexpectedList.ShouldBe(["a", "b", "a"]);
        result.Success.ShouldBeFalse();
    }

    [Fact]
    public void Unique_ManyValues_EachOnce()
    {
        using var unique = new UniqueValues();
        for (var i = 1; i <= 20_000; i++)
            unique.Add((UInt128)i << 40).ShouldBeTrue();
        for (var i = 1; i <= 20_000; i += 97)
            unique.Add((UInt128)i << 40).ShouldBeFalse();
    }

    [Theory]
    [InlineData(0.9, true)]
    [InlineData(0.91, false)]
    [InlineData(1.0, false)]
    [InlineData(0.0, true)]
    public void Mostly_AtItsEdge_IsMetByExactlyThatShare(double mostly, bool met)
    {
        var expectation = new Expectation(Type.ExpectColumnValuesToBeInSet, new() { Column = "value", ValueSet = ["a"], Mostly = mostly });
        // Missing values are not counted among the ten.
        Result(expectation, "a", "a", "a", "a", "a", "", "a", "a", "a", "a", "b").Success.ShouldBe(met);
    }

    [Fact]
    public void Results_OfManyFailures_KeepTheFirstTwentyCut()
    {
        var expectation = Given.Warn(Type.ExpectColumnValuesToBeInSet, new() { Column = "value", ValueSet = ["a"] });
        var observed = Result(expectation, [.. Enumerable.Range(0, 50).Select(i => i + new string('x', 300))]).Result;
        observed.UnexpectedCount.ShouldBe(50);
        observed.PartialUnexpectedList!.Count.ShouldBe(20);
        observed.PartialUnexpectedList[7].ShouldStartWith("7xxx");
        observed.PartialUnexpectedList.ShouldAllBe(value => value.Length == 200);
    }

    [Property(MaxTest = 30)]
    public void Check_HundredAtOnceInAnyBatches_EqualsEachAlone(int seed, byte size)
    {
        var random = new RandomSource((ulong)seed);
        var suite = Enumerable.Range(0, 100).Select(i => Any(random, i)).ToArray();
        var values = Enumerable.Range(0, 300).Select(_ => random.NextInt32(8) switch
        {
            0 => "",
            1 => "cafÃ©",
            2 => "word",
            _ => random.NextInt32(40).ToString(CultureInfo.InvariantCulture),
        }).ToArray();
        var together = Results(suite, 1 + size, values);
        for (var i = 0; i < suite.Length; i++)
            Describe(together[i]).ShouldBe(Describe(Results([suite[i]], values.Length, values).Single()));

        static string Describe(ExpectationResult result) =>
            $"{result.Success} {result.Result.UnexpectedCount} {result.Result.MissingCount} {string.Join(',', result.Result.PartialUnexpectedList!)} {string.Join(',', result.Result.PartialUnexpectedIndexList!)}";
    }

    private static Expectation Any(RandomSource random, int i)
    {
        var low = random.NextInt32(30);
        var (type, arguments) = (i % 6) switch
        {
            0 => (Type.ExpectColumnValuesToBeBetween, new ExpectationArguments { MinValue = $"{low}", MaxValue = $"{low + random.NextInt32(20)}" }),
            1 => (Type.ExpectColumnValuesToBeUnique, new ExpectationArguments()),
            2 => (Type.ExpectColumnValuesToNotBeNull, new ExpectationArguments()),
            3 => (Type.ExpectColumnValuesToMatchRegex, new ExpectationArguments { Regex = $"{random.NextInt32(10)}" }),
            4 => (Type.ExpectColumnValuesToNotHaveMojibake, new ExpectationArguments()),
            _ => (Type.ExpectColumnValuesToBeInSet, new ExpectationArguments { ValueSet = [.. Enumerable.Range(0, low).Select(value => $"{value}")] }),
        };
        return new Expectation(type, arguments with { Column = "value", Mostly = random.NextInt32(11) / 10.0 }, random.NextInt32(2) == 0 ? Severity.Warn : Severity.Fail);
    }

    private static ExpectationResult Result(Expectation expectation, params string[] values) => Results([expectation], Math.Max(1, values.Length), values).Single();

    private static ExpectationResult[] Results(Expectation[] suite, int batchSize, string[] values)
    {
        var checks = RowChecks.Compile(suite, Column);
        using var tallies = new RowTallies(checks);
        var row = 1;
        foreach (var part in values.Chunk(batchSize))
        {
            var batch = Given.Batch(row, [.. part.Select(value => new[] { value })]);
            tallies.Add(batch, checks.Check(batch));
            row += part.Length;
        }
        return [.. tallies.Results()];
    }
}

internal static class ExpectationResultAssertions
{
    public static void ShouldBe(this ExpectationResult result, Expectation expectation, bool met, long unexpected, string[] values)
    {
        result.ExpectationConfig.ShouldBe(expectation);
        result.Result.PartialUnexpectedList.ShouldBe(values);
        result.Result.UnexpectedCount.ShouldBe(unexpected);
        result.Success.ShouldBe(met);
    }
}
