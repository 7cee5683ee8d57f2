using Plumbline.Datasets.Expectations;
using Plumbline.Datasets.Profiling;
using Type = Plumbline.Datasets.Expectations.ExpectationType;

namespace Plumbline.Tests.Datasets.Expectations;

public sealed class TableExpectationTests
{
    public static TheoryData<Type, ExpectationArguments, ExpectationArguments> Cases => new()
    {
        { Type.ExpectTableColumnsToMatchSet, new() { ColumnSet = ["id", "at", "price", "stars", "review"] }, new() { ColumnSet = ["review", "stars"] } },
        { Type.ExpectTableColumnsToMatchSet, new() { ColumnSet = ["review"], ExactMatch = false }, new() { ColumnSet = ["gone"], ExactMatch = false } },
        { Type.ExpectColumnToExist, new() { Column = "price" }, new() { Column = "Price" } },
        { Type.ExpectColumnToExist, new() { Column = "label" }, new() { Column = "user" } },
        { Type.ExpectTableRowCountToBeBetween, new() { MinValue = "1000", MaxValue = "1000" }, new() { MinValue = "1001" } },
        { Type.ExpectColumnUniqueValueCountToBeBetween, new() { Column = "stars", MaxValue = "5" }, new() { Column = "stars", MaxValue = "4" } },
        { Type.ExpectColumnProportionOfUniqueValuesToBeBetween, new() { Column = "id", MinValue = "1" }, new() { Column = "stars", MinValue = "0.1" } },
        { Type.ExpectColumnDistinctValuesToBeInSet, new() { Column = "stars", ValueSet = ["1", "2", "3", "4", "5"] }, new() { Column = "stars", ValueSet = ["1", "2", "3", "4"] } },
        { Type.ExpectColumnMinToBeBetween, new() { Column = "price", MinValue = "1" }, new() { Column = "price", MinValue = "2" } },
        { Type.ExpectColumnMaxToBeBetween, new() { Column = "at", MaxValue = "2024-06-01" }, new() { Column = "at", MaxValue = "2024-05-01" } },
        { Type.ExpectColumnMeanToBeBetween, new() { Column = "price", MinValue = "495", MaxValue = "496" }, new() { Column = "id", MinValue = "0" } },
        { Type.ExpectColumnMedianToBeBetween, new() { Column = "stars", MinValue = "3", MaxValue = "3" }, new() { Column = "stars", MinValue = "4" } },
        { Type.ExpectColumnStdevToBeBetween, new() { Column = "stars", MinValue = "1.4", MaxValue = "1.5" }, new() { Column = "stars", MaxValue = "1" } },
        { Type.ExpectColumnQuantileValuesToBeBetween, new() { Column = "price", Quantile = 0.9, MinValue = "880", MaxValue = "900" }, new() { Column = "price", Quantile = 0.1, MinValue = "880" } },
        { Type.ExpectTextProportionOfScriptToBeBetween, new() { Script = "Latin", MinValue = "0.99" }, new() { Script = "Cyrillic", MinValue = "0.5" } },
        { Type.ExpectTextProportionOfLanguageToBeBetween, new() { Language = "en", MinValue = "0.95" }, new() { Language = "fr", MinValue = "0.01" } },
        { Type.ExpectLabelProportionToBeBetween, new() { Label = "5", MinValue = "0.2", MaxValue = "0.2" }, new() { Label = "6", MinValue = "0.01" } },
        { Type.ExpectTableProportionOfDuplicatesToBeBetween, new() { MaxValue = "0.01" }, new() { MaxValue = "0.01", Near = true } },
        { Type.ExpectTableProportionOfLabelConflictsToBeBetween, new() { MaxValue = "0.002" }, new() { MaxValue = "0" } },
        { Type.ExpectTableProportionOfSplitLeakageToBeBetween, new() { MaxValue = "0.01" }, new() { MaxValue = "0.01", Near = true } },
        { Type.ExpectColumnLabelAccuracyToBeLessThan, new() { Threshold = 0.5 }, new() { Column = "id", Threshold = 0.4 } },
        { Type.ExpectTableNewestTimeAgeToBeBetween, new() { MaxValue = "1" }, new() { MaxValue = "0.9" } },
        { Type.ExpectColumnPopulationStabilityIndexToBeLessThan, new() { Column = "price", Threshold = 0.01 }, new() { Column = "stars", Threshold = 0.25 } },
        { Type.ExpectColumnJensenShannonDistanceToBeLessThan, new() { Column = "review", Threshold = 0.01 }, new() { Column = "stars", Threshold = 0.2 } },
    };

    /// <summary>As the others, but the class 5 was rare.</summary>
    private static readonly DataProfile Previous = Given.Profile() with
    {
        Labels = [.. Given.Profile().Labels.Select(label => label.Label == "5" ? label with { Train = 0, Valid = 1, Test = 1 } : label)],
    };

    private static DataProfile With(string column, Func<ColumnProfile, ColumnProfile> change) =>
        Given.Profile() with { Columns = [.. Given.Profile().Columns.Select(profile => profile.Name == column ? change(profile) : profile)] };

    [Theory, MemberData(nameof(Cases))]
    public void Evaluate_OnAProfile_MetAndUnmet(Type type, ExpectationArguments met, ExpectationArguments unmet)
    {
        foreach (var (arguments, success) in new[] { (met, true), (unmet, false) })
        {
            var expectation = new Expectation(type, arguments);
            expectation.Validate();
            var result = TableChecks.Evaluate(expectation, Given.Facts(previous: Previous));
            result.Success.ShouldBe(success, ExpectationText.Finding(result));
            result.Skipped.ShouldBeNull();
        }
    }

    [Fact]
    public void Evaluate_EveryKindOfAllRecords_IsTriedHere() => Cases.Select(@case => @case.Data.Item1).Distinct().Order()
        .ShouldBe(ExpectationGrammar.All.Where(definition => !definition.IsOfRows).Select(definition => definition.Type).Order());

    [Fact]
    public void Evaluate_WithoutEarlierSnapshot_SkipsWithTheReason()
    {
        var result = TableChecks.Evaluate(new Expectation(Type.ExpectColumnPopulationStabilityIndexToBeLessThan, new() { Column = "stars", Threshold = 0.1 }), Given.Facts());
        result.Success.ShouldBeTrue();
        result.Skipped.ShouldBe("there is no earlier snapshot of this data set with a profile");
    }

    [Theory]
    [InlineData("id")]
    [InlineData("price")]
    [InlineData("at")]
    public void Evaluate_ShiftOfAColumnWhoseValuesVanished_IsUnmet(string column)
    {
        var empty = With(column, profile => profile with { Missing = 1000, Distinct = 0, Lengths = null, Numbers = null, Frequent = [] });
        foreach (var type in new[] { Type.ExpectColumnPopulationStabilityIndexToBeLessThan, Type.ExpectColumnJensenShannonDistanceToBeLessThan })
        {
            var expectation = new Expectation(type, new() { Column = column, Threshold = 0.25 });
            var result = TableChecks.Evaluate(expectation, Given.Facts(empty, Given.Profile()));
            (result.Success, result.Skipped).ShouldBe((false, null));
            result.Result.Details.ShouldBe("none of its values are there any more, which the earlier snapshot has");
            TableChecks.Evaluate(expectation, Given.Facts(previous: empty)).Skipped.ShouldBe("the column has no values in the earlier snapshot");
        }
    }

    [Fact]
    public void Evaluate_LabelsThatDifferByCase_AreDifferentClasses()
    {
        var labels = Given.Profile().Labels;
        var profile = Given.Profile() with { Labels = [labels[0] with { Label = "Good", Train = 900 }, labels[1] with { Label = "good", Train = 40 }] };
        TableChecks.Evaluate(new Expectation(Type.ExpectLabelProportionToBeBetween, new() { Label = "good", MaxValue = "0.1" }), Given.Facts(profile)).Success.ShouldBeTrue();
        TableChecks.Evaluate(new Expectation(Type.ExpectTextProportionOfScriptToBeBetween, new() { Script = "latin", MinValue = "0.9" }), Given.Facts(profile)).Success.ShouldBeTrue();
    }

    [Fact]
    public void Evaluate_LabelAccuracyThatWasNotMeasured_SkipsWithTheReason()
    {
        var any = new Expectation(Type.ExpectColumnLabelAccuracyToBeLessThan, new() { Threshold = 0.5 });
        var unmeasured = Given.Profile() with { Predictors = [], PredictorsMeasured = false };
        TableChecks.Evaluate(any, Given.Facts(unmeasured)).Skipped.ShouldBe("one half of the sample has fewer than 100 records with a label, too few to measure it");
        TableChecks.Evaluate(any, Given.Facts(unmeasured with { PredictorsMeasured = true })).Skipped.ShouldBeNull();
        foreach (var column in new[] { "review", "label" })
            TableChecks.Evaluate(any with { Arguments = any.Arguments with { Column = column } }, Given.Facts()).Skipped.ShouldBe("what text and label foretell is not measured");
    }

    [Fact]
    public void Evaluate_MissingColumn_IsUnmetAndNamesTheOthers() => ExpectationText
        .Finding(TableChecks.Evaluate(new Expectation(Type.ExpectColumnValuesToNotBeNull, new() { Column = "sars" }), Given.Facts()))
        .ShouldBe("the source has no column 'sars'; its columns: 'review', 'stars', 'price', 'at', 'id'");

    [Fact]
    public void Evaluate_LongNamesAndLabels_TellsTheirBeginnings()
    {
        var names = Enumerable.Range(0, 60).Select(i => $"{i} {new string('n', 1000)}").ToArray();
        var columns = new ColumnNames(names, Given.Columns.Mapping);
        var labels = Given.Profile().Labels.Select(label => label with { Label = label.Label + new string('l', 5000) }).ToArray();
        var facts = Given.Facts(Given.Profile() with { Labels = labels, Predictors = [new(names[4], 0.9, 0.2, 1)] }, Given.Profile()) with { Columns = columns };
        Expectation[] suite =
        [
            new(Type.ExpectColumnToExist, new() { Column = "gone" }), new(Type.ExpectTableColumnsToMatchSet, new() { ColumnSet = ["gone"] }),
            new(Type.ExpectLabelProportionToBeBetween, new() { Label = "5", MinValue = "0.1" }), new(Type.ExpectColumnLabelAccuracyToBeLessThan, new() { Threshold = 0.1 }),
            new(Type.ExpectColumnPopulationStabilityIndexToBeLessThan, new() { Column = "label", Threshold = 0.1 }), new(Type.ExpectColumnMeanToBeBetween, new() { Column = names[2], MinValue = "1" }),
        ];
        foreach (var result in suite.Select(expectation => TableChecks.Evaluate(expectation, facts)))
        {
            result.Success.ShouldBe(result.Skipped is not null);
            ExpectationText.Finding(result).Length.ShouldBeLessThan(2500);
            (result.Result.PartialUnexpectedList ?? []).Count.ShouldBeLessThanOrEqualTo(20);
            (result.Result.PartialUnexpectedList ?? []).ShouldAllBe(value => value.Length <= 200);
        }
        Distribution.Of("label", columns, facts.Profile!, facts.Previous!)!.Bins.ShouldAllBe(bin => bin.Length <= 41);
    }

    [Fact]
    public void Distribution_OfShiftedNumbers_FillsTheUpperBins()
    {
        var now = Given.Profile();
        now = now with { Columns = [.. now.Columns.Select(column => column.Name == "price" ? column with { Numbers = Given.Numbers(Enumerable.Range(900, 990).Select(i => (double)i)) } : column)] };
        var distribution = Distribution.Of("price", Given.Columns, now, Given.Profile()).ShouldNotBeNull();
        distribution.Bins.Count.ShouldBe(10);
        distribution.Before.ShouldAllBe(share => Math.Abs(share - 0.1) < 0.01);
        distribution.Now[^1].ShouldBeGreaterThan(0.95);
        distribution.Now.Sum().ShouldBe(1, 1e-9);
    }

    [Fact]
    public void Distribution_OfConstantNumbers_IsEqualToItself()
    {
        var constant = Given.Profile();
        constant = constant with { Columns = [.. constant.Columns.Select(column => column.Name == "price" ? column with { Numbers = Given.Numbers([7, 7, 7]) } : column)] };
        var distribution = Distribution.Of("price", Given.Columns, constant, constant).ShouldNotBeNull();
        distribution.Now.ShouldBe(distribution.Before);
    }

    [Fact]
    public void Distribution_OfValuesThatAreCutAlike_CountsThemTogether()
    {
        var cut = new string('x', 63) + "…";
        var profile = With("id", column => column with { Frequent = [new(cut, 500), new(cut, 300), new("short", 200)] });
        var distribution = Distribution.Of("id", Given.Columns, profile, profile).ShouldNotBeNull();
        distribution.Before.ShouldBe([0.8, 0.2, 0]);
        distribution.Now.ShouldBe(distribution.Before);
    }

    [Fact]
    public void Validate_DistinctValuesLongerThanAProfileHas_PointsToTheCheckOfEach()
    {
        var arguments = new ExpectationArguments { Column = "id", ValueSet = [new string('é', 31) + "x", new string('é', 32)] };
        Should.Throw<ArgumentException>(new Expectation(Type.ExpectColumnDistinctValuesToBeInSet, arguments).Validate).Message
            .ShouldStartWith($"value_set has '{arguments.ValueSet[1]}', which is longer than the 63 bytes of a value that are compared; expect_column_values_to_be_in_set");
        new Expectation(Type.ExpectColumnDistinctValuesToBeInSet, arguments with { ValueSet = [arguments.ValueSet[0]] }).Validate();
        new Expectation(Type.ExpectColumnValuesToBeInSet, arguments).Validate();
    }

    [Theory]
    [InlineData(Type.ExpectColumnValuesToBeBetween, "min_value is missing")]
    [InlineData(Type.ExpectColumnValuesToBeInSet, "value_set is missing")]
    [InlineData(Type.ExpectTableProportionOfDuplicatesToBeBetween, "column has no meaning")]
    public void Validate_ArgumentsThatDoNotFit_NamesTheArgument(Type type, string message) =>
        Should.Throw<ArgumentException>(new Expectation(type, new() { Column = "a" }).Validate).Message.ShouldStartWith(message);
}
