using Plumbline.Datasets;
using Plumbline.Datasets.Expectations;
using Type = Plumbline.Datasets.Expectations.ExpectationType;

namespace Plumbline.Tests.Datasets.Expectations;

public sealed class SuiteInferenceTests
{
    private static readonly IReadOnlyList<Expectation> Suite = SuiteInference.Infer(Given.Profile(), Given.Columns);

    [Fact]
    public void Infer_FromAProfile_IsValidAndOnlyWarns()
    {
        foreach (var expectation in Suite)
            Should.NotThrow(expectation.Validate);
        Suite.ShouldAllBe(expectation => expectation.Severity == Severity.Warn && expectation.Inferred);
        Suite.Count.ShouldBeGreaterThan(20);
    }

    [Fact]
    public void Infer_FromAProfile_ThatProfileMeetsAll() =>
        Suite.Where(expectation => !ExpectationGrammar.Of(expectation.Type).IsOfRows)
            .Select(expectation => TableChecks.Evaluate(expectation, Given.Facts(previous: Given.Profile())))
            .Where(result => !result.Success).Select(result => $"{ExpectationText.Subject(result.ExpectationConfig)}: {ExpectationText.Finding(result)}").ShouldBeEmpty();

    [Fact]
    public void Infer_OfColumns_AsksForWhatIsThere()
    {
        Of(Type.ExpectColumnValuesToBeInSet, "stars").ValueSet.ShouldBe(["1", "2", "3", "4", "5"]);
        Of(Type.ExpectColumnValuesToBeOfType, "price").Type.ShouldBe(FieldType.Number);
        Of(Type.ExpectColumnValuesToBeBetween, "price").MinValue.ShouldBe("0");
        Of(Type.ExpectColumnValuesToBeBetween, "price").MaxValue.ShouldBe("1979");
        Of(Type.ExpectColumnValuesToBeBetween, "at").MaxValue.ShouldBeNull();
        Of(Type.ExpectColumnValuesToBeUnique, "id").ShouldNotBeNull();
        Suite.ShouldNotContain(expectation => expectation.Type == Type.ExpectColumnValuesToBeUnique && expectation.Arguments.Column == "price");
        Of(Type.ExpectColumnValuesToNotBeNull, "price").Mostly.ShouldBe(0.977);
    }

    [Fact]
    public void Infer_AgainstDamagedRecords_NamesTheDamage()
    {
        var good = Given.Profile();
        var damaged = good with
        {
            Rows = 400,
            Labels = [.. good.Labels.Select(label => label.Label == "1" ? label with { Train = 0, Valid = 0, Test = 0 } : label)],
            Text = good.Text with { Scripts = [new("Cyrillic", 600), new("Latin", 400)] },
            Duplicates = good.Duplicates with { Normalised = 500, Near = 600, AcrossSplits = 100, ConflictingRows = 200 },
            Predictors = [new("at", 0.99, 0.2, 1)],
        };
        var unmet = Suite.Where(expectation => !ExpectationGrammar.Of(expectation.Type).IsOfRows)
            .Select(expectation => TableChecks.Evaluate(expectation, Given.Facts(damaged, good) with { Rows = 400 })).Where(result => !result.Success)
            .Select(result => result.ExpectationConfig.Type).Distinct();
        unmet.ShouldBe(
            [
                Type.ExpectTableRowCountToBeBetween, Type.ExpectTextProportionOfScriptToBeBetween, Type.ExpectColumnPopulationStabilityIndexToBeLessThan, Type.ExpectLabelProportionToBeBetween,
                Type.ExpectTableProportionOfDuplicatesToBeBetween, Type.ExpectTableProportionOfLabelConflictsToBeBetween, Type.ExpectTableProportionOfSplitLeakageToBeBetween,
                Type.ExpectColumnLabelAccuracyToBeLessThan,
            ],
            ignoreOrder: true);
    }

    [Fact]
    public void Resolve_DeclaredAndStored_DeclaredStandsForItsOwn()
    {
        using var folder = new SourceFolder();
        ExpectationSuite.WriteInferred(folder.Home, "/data/reviews.csv", Suite);
        var declared = new Expectation(Type.ExpectColumnValuesToBeInSet, new() { Column = "stars", ValueSet = ["1", "2"] });
        var resolved = ExpectationSuite.Resolve(folder.Home, "/data/reviews.csv", [declared]).Expectations;
        resolved.Count.ShouldBe(Suite.Count);
        resolved[0].ShouldBeSameAs(declared);
        resolved.Count(expectation => expectation.Type == Type.ExpectColumnValuesToBeInSet).ShouldBe(1);
        ExpectationSuite.Resolve(folder.Home, "another", []).Expectations.ShouldBeEmpty();
    }

    [Fact]
    public void Resolve_DamagedSuite_SaysWhatToDo()
    {
        using var folder = new SourceFolder();
        ExpectationSuite.WriteInferred(folder.Home, "reviews", Suite);
        var path = Path.Combine(folder.Home.Datasets, "reviews", ExpectationSuite.FileName);
        File.WriteAllText(path, File.ReadAllText(path)[..100]);
        Should.Throw<DatasetException>(() => ExpectationSuite.Resolve(folder.Home, "reviews", [])).Message.ShouldContain("Remove it, and the next ingest infers the expectations anew");
    }

    [Theory]
    [InlineData("reviews", "reviews")]
    [InlineData("../../etc", "etc-")]
    [InlineData("s3://bucket/a b.csv", "s3---bucket-a-b.csv-")]
    public void Key_OfAnyName_IsAFileName(string name, string key)
    {
        LatestSnapshot.KeyOf(name).ShouldStartWith(key);
        LatestSnapshot.KeyOf(new string('x', 500)).Length.ShouldBeLessThan(100);
    }

    private static ExpectationArguments Of(Type type, string column) => Suite.Single(expectation => expectation.Type == type && expectation.Arguments.Column == column).Arguments;
}
