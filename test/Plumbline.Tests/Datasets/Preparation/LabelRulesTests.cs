using System.Text;
using Plumbline.Datasets.Preparation;

namespace Plumbline.Tests.Datasets.Preparation;

public sealed class LabelRulesTests
{
    [Fact]
    public void NumberOf_Default_KeepsWhatStandsThere()
    {
        var rules = new LabelRules(new LabelOptions());
        Numbers(rules, "Good", "good", "very  good", "very good", "Good").ShouldBe([0, 1, 2, 3, 0]);
        rules.Lookalikes.ShouldBe([["Good", "good"], ["very  good", "very good"]]);
    }

    [Fact]
    public void NumberOf_Fold_OneLabelAsItFirstStands()
    {
        var rules = new LabelRules(new LabelOptions { Fold = true });
        Numbers(rules, "very  Good", "VERY GOOD", "bad", "very\tgood").ShouldBe([0, 0, 1, 0]);
        rules.Labels.ShouldBe(["very Good", "bad"]);
        rules.Lookalikes.ShouldBeEmpty();
    }

    [Fact]
    public void NumberOf_MapAndDrop_AfterFolding()
    {
        var rules = new LabelRules(new LabelOptions { Fold = true, Map = new Dictionary<string, string> { ["5.0"] = "5", ["N/A"] = "none" }, Drop = ["none"] });
        Numbers(rules, "5", "5.0", "N/A", "n/a", "none", "4").ShouldBe([0, 0, LabelRules.Dropped, LabelRules.Dropped, LabelRules.Dropped, 1]);
        rules.Labels.ShouldBe(["5", "4"]);
    }

    private static int[] Numbers(LabelRules rules, params string[] values) => [.. values.Select(value => rules.NumberOf(Encoding.UTF8.GetBytes(value)))];
}
