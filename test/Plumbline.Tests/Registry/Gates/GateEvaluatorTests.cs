using Plumbline.Learning.Evaluation;
using Plumbline.Registry.Comparisons;
using Plumbline.Registry.Evidence;
using Plumbline.Registry.Gates;
using Plumbline.Statistics;

namespace Plumbline.Tests.Registry.Gates;

/// <summary>Each gate on two models that were really trained: a strong one, and a weak one of few features.</summary>
public sealed class GateEvaluatorTests(TrainedPair pair)
{
    [Fact]
    public async Task MinMetric_OfTestAndValid_AreTheMeasuredValues()
    {
        var f1 = pair.Strong.Test.MacroF1.Value;
        var results = await Evaluate(new GateOptions { MinMetric = [new("test.macro_f1", f1), new("valid.accuracy", 1.0)] });
        results[0].ShouldSatisfyAllConditions(result => result.Passed.ShouldBeTrue(), result => result.Value.ShouldBe(f1));
        results[1].ShouldSatisfyAllConditions(result => result.Passed.ShouldBe(pair.Strong.Valid.Accuracy.Value >= 1), result => result.Value.ShouldBe(pair.Strong.Valid.Accuracy.Value));
    }

    [Fact]
    public async Task NoWorseThanChampion_SameRows_IsThePairedLowerBound()
    {
        var gates = new GateOptions { ChampionMargin = 0 };
        var (strong, weak) = (await StrongAsync(), await WeakAsync());
        var difference = MetricDifference.Of(strong, weak);
        difference.Paired.ShouldNotBeNull();
        difference.Difference.ShouldBe(pair.Strong.Test.MacroF1.Value - pair.Weak.Test.MacroF1.Value, 1e-12);
        GateEvaluator.Evaluate(gates, strong, weak, []).Single().Passed.ShouldBeTrue();
        var refused = GateEvaluator.Evaluate(gates, weak, strong, []).Single();
        (refused.Passed, refused.Limit).ShouldBe((false, 0));
        refused.Explanation.ShouldContain("on the same rows");
        GateEvaluator.Evaluate(gates with { ChampionMargin = 1 }, weak, strong, []).Single().Passed.ShouldBeTrue();
        GateEvaluator.Evaluate(gates, weak, null, []).Single().Passed.ShouldBeTrue("nobody to be worse than");
    }

    [Fact]
    public async Task NoWorseThanChampion_WithoutRows_IsOfTheTwoIntervals()
    {
        var (strong, weak) = (await pair.EvidenceAsync(pair.Strong, RowPredictions.FileName), await WeakAsync());
        var difference = MetricDifference.Of(strong, weak);
        difference.Paired.ShouldBeNull();
        var (mine, theirs) = (pair.Strong.Test.MacroF1, pair.Weak.Test.MacroF1);
        difference.Low.ShouldBe(mine.Value - theirs.Value - Math.Sqrt(Math.Pow(mine.Value - mine.Low, 2) + Math.Pow(theirs.High - theirs.Value, 2)), 1e-12);
        GateEvaluator.Evaluate(new GateOptions { ChampionMargin = 1 }, strong, weak, []).Single().Explanation.ShouldContain("not measured on the same rows");
    }

    [Fact]
    public async Task NoWorseThanChampion_MeasuredBesideIt_IsThatIntervalUnlessItIsAnother()
    {
        var gates = new GateOptions { ChampionMargin = 0.02 };
        var (strong, weak) = (await StrongAsync(), await WeakAsync());
        var measured = new ChampionComparison(weak.Name, 0.01, -0.03, 0.05, 540);
        var refused = GateEvaluator.Evaluate(gates, strong, weak, [], measured).Single();
        (refused.Passed, refused.Value, refused.Limit).ShouldBe((false, -0.03, -0.02));
        refused.Explanation.ShouldBe($"macro-F1 on test is +0.01 against {weak.Name}, on 540 rows that neither was trained on, and may be -0.03 (95 %); at least -0.02 is asked for");
        GateEvaluator.Evaluate(gates with { ChampionMargin = 0.03 }, strong, weak, [], measured).Single().Passed.ShouldBeTrue();
        GateEvaluator.Evaluate(gates, strong, weak, [], measured with { Champion = "another/1" }).Single().Value.ShouldBe(MetricDifference.Of(strong, weak).Low);
    }

    [Fact]
    public async Task ClassFloors_EachClassAndOne_AreItsScores()
    {
        var classes = pair.Strong.Test.Classes;
        var results = await Evaluate(new GateOptions { ClassFloors = [new(null, null, 0, null), new(classes[0].Label, 0, null, 1.1), new("none", 0, null, null)] });
        results.Take(classes.Length).Select(result => result.Value).ShouldBe(classes.Select(scores => (double?)scores.Recall));
        results.Skip(classes.Length).Take(2).Select(result => (result.Passed, result.Value)).ShouldBe([(true, classes[0].Precision), (false, classes[0].F1)]);
        results[^1].Explanation.ShouldContain("has no class 'none'");
    }

    [Fact]
    public async Task Slices_ByLengthAndLanguage_AreMacroF1OfThoseRows()
    {
        var rows = (await StrongAsync()).Predictions;
        var middle = rows.Lengths.Order().ElementAt(rows.Lengths.Length / 2);
        var naive = MacroF1(rows, row => rows.Lengths[row] <= middle);
        var results = await Evaluate(new GateOptions
        {
            Slices =
            [
                new SliceGate { Name = "short", MaxLength = middle, MinMacroF1 = 0, MaxGap = 1 },
                new SliceGate { Name = "all", MinLength = 0, MaxGap = 0 },
                new SliceGate { Name = "rare", Language = "xx", MinMacroF1 = 0 },
                new SliceGate { Name = "columns", Column = "country", MinMacroF1 = 0 },
            ],
        });
        results.Select(result => result.Passed).ShouldBe([true, true, true, false, false]);
        results[0].Value!.Value.ShouldBe(naive, 1e-12);
        results[1].Value!.Value.ShouldBe(pair.Strong.Test.MacroF1.Value - naive, 1e-12);
        results[3].Explanation.ShouldContain("0 rows of test");
        results[4].Explanation.ShouldContain("no categorical column 'country'");
    }

    [Fact]
    public async Task Slices_OfAColumn_EachValueWithEnoughRowsIsOne()
    {
        var rows = (await StrongAsync()).Predictions;
        var codes = Enumerable.Range(0, rows.Truth.Length).Select(row => row % 10 == 0 ? 2 : row % 2).ToArray();
        var prices = codes.Select((code, row) => code == 2 ? double.NaN : row).ToArray();
        var evidence = await pair.EvidenceAsync(pair.Strong, rows with { Categories = [new CategoryColumn("country", ["DE", "FR", ""], codes)], Numbers = [new NumberColumn("price", prices)] });
        var gates = new GateOptions
        {
            Slices =
            [
                new SliceGate { Name = "country", Column = "country", MinMacroF1 = 0, MinRows = 21 },
                new SliceGate { Name = "cheap", Column = "price", Max = 50, MinMacroF1 = 0, MinRows = 1 },
                new SliceGate { Name = "French", Column = "country", Value = "FR", MinMacroF1 = 0, MinRows = 1 },
            ],
        };
        var results = GateEvaluator.Evaluate(gates, evidence, null, []);
        var (german, french, cheap) = (codes.Count(code => code == 0), codes.Count(code => code == 1), prices.Count(price => price <= 50));
        results.Select(result => result.Subject).ShouldBe([$"macro-F1 of country DE ({german} rows)", $"macro-F1 of country FR ({french} rows)", $"macro-F1 of cheap ({cheap} rows)", $"macro-F1 of French ({french} rows)"]);
        results[0].Value!.Value.ShouldBe(MacroF1(rows, row => codes[row] == 0), 1e-12);
    }

    [Fact]
    public async Task CalibrationLatencyAndSize_AreOfTheBundleAndItsRun()
    {
        var results = await Evaluate(new GateOptions { MaxExcessEce = 1, LatencyUs = 0, SizeMb = 1000 });
        results.Select(result => (result.Gate, result.Passed)).ShouldBe([("calibration", true), ("latency_us", false), ("size_mb", true)]);
        results[0].Value!.Value.ShouldBe(pair.Strong.Test.Ece - pair.Strong.Test.EceOfPerfect, 1e-12);
        results[1].Value.ShouldBe(pair.Strong.LatencyUs);
        results[2].Value.ShouldBe(Directory.GetFiles(pair.Strong.Bundle).Where(file => Path.GetFileName(file) != "about.json").Sum(file => new FileInfo(file).Length) / 1e6);
    }

    [Fact]
    public async Task Evidence_GoneOrOfAnotherBundle_FailsWithWhatToDo()
    {
        var gates = new GateOptions { ClassFloors = [new(null, 0, 0, 0)], Slices = [new SliceGate { Name = "short", MaxLength = 10, MinMacroF1 = 0 }] };
        var bare = await pair.EvidenceAsync(pair.Strong, EvaluationPage.JsonFile, RowPredictions.FileName);
        foreach (var result in GateEvaluator.Evaluate(gates, bare, null, []))
        {
            (result.Passed, result.Value).ShouldBe((false, null));
            result.Explanation.ShouldContain("plumbline evaluate --bundle reviews/1 --input DATA --evidence");
        }
        var foreign = await pair.EvidenceAsync(pair.Strong, (await WeakAsync()).Predictions);
        GateEvaluator.Evaluate(gates with { ClassFloors = [] }, foreign, null, []).Single().Explanation.ShouldContain("is of another bundle");
    }

    [Fact]
    public async Task Contract_InputOrLabelGone_IsNamed()
    {
        var facts = (await StrongAsync()).Bundle;
        ChampionGates.Breaks(facts, facts).ShouldBeEmpty();
        ChampionGates.Breaks(facts with { Labels = [.. facts.Labels, "new"] }, facts).ShouldBeEmpty("more labels are no break");
        ChampionGates.Breaks(facts with { Labels = [.. facts.Labels.Skip(1)] }, facts).ShouldBe([$"the label '{facts.Labels[0]}' is gone"]);
        ChampionGates.Breaks(facts with { Numeric = ["price"] }, facts with { Categorical = ["country"] })
            .ShouldBe(["the numeric input 'price' is new, and they do not send it", "the categorical input 'country' is no longer taken"]);
        ChampionGates.Breaks(facts with { Aggregates = ["user_avg_len", "item_count"] }, facts with { Aggregates = ["user_count"] }).ShouldBe(["it needs the item, which they do not send"]);
    }

    [Fact]
    public async Task Compare_TwoModels_HasWhatDiffersAndAPageThatIsXml()
    {
        var comparison = ModelComparison.Of(await StrongAsync(), await WeakAsync());
        comparison.Params.ShouldContain(text => text.Name == "max_features" && text.First == "500" && text.Second == "20");
        comparison.Features.ShouldContain(text => text.Name == "max_features");
        comparison.ContractBreaks.ShouldBeEmpty();
        comparison.Metrics.Single(metric => metric.Name == "test.macro_f1").First.ShouldBe(pair.Strong.Test.MacroF1);
        comparison.Metrics.ShouldContain(metric => metric.Name == "size_mb");
        comparison.Classes.Select(compared => compared.First!.F1).ShouldBe(pair.Strong.Test.Classes.Select(scores => scores.F1));
        comparison.Difference!.Paired!.McNemarP.ShouldBeInRange(0, 1);
        var page = ComparisonPage.Render(comparison);
        System.Xml.Linq.XDocument.Parse(page.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal)).Descendants().Count(element => element.Name.LocalName == "svg").ShouldBe(2);
        page.ShouldBe(ComparisonPage.Render(comparison));
        comparison.ToJson().ShouldContain("\"mc_nemar_p\"");
    }

    private static double MacroF1(RowPredictions rows, Func<int, bool> isIn)
    {
        var chosen = Enumerable.Range(0, rows.Truth.Length).Where(isIn).ToArray();
        var scores = Enumerable.Range(0, rows.Labels.Count).Select(label => (
            Hits: chosen.Count(row => rows.Truth[row] == label && rows.Predicted[row] == label),
            All: chosen.Count(row => rows.Truth[row] == label) + chosen.Count(row => rows.Predicted[row] == label)));
        return scores.Where(score => score.All > 0).Average(score => 2.0 * score.Hits / score.All);
    }

    private Task<ModelEvidence> StrongAsync() => pair.EvidenceAsync(pair.Strong);

    private Task<ModelEvidence> WeakAsync() => pair.EvidenceAsync(pair.Weak);

    private async Task<IReadOnlyList<GateResult>> Evaluate(GateOptions gates) => GateEvaluator.Evaluate(gates, await StrongAsync(), null, []);
}
