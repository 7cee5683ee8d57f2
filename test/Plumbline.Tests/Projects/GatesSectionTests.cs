using Plumbline.Projects;
using Plumbline.Registry.Gates;

namespace Plumbline.Tests.Projects;

public sealed class GatesSectionTests
{
    [Fact]
    public void Read_EveryGate_IsAsWritten()
    {
        var gates = Read("""
            gates:
              min_metric: {macro_f1: 0.5, valid.accuracy: 0.6}
              no_worse_than_champion: {margin: 0.01}
              class_floors:
                - {label: 1, recall: 0.3}
                - {f1: 0.2}
              slices:
                - {name: short, max_length: 50, min_macro_f1: 0.4, min_rows: 10}
                - {name: country, column: country, max_gap: 0.1}
              calibration: {max_excess_ece: 0.02}
              latency_us: 100
              size_mb: 20.5
              contract_compatible: true
              signed_off_by: [ann, risk]
            """);
        gates.MinMetric.ShouldBe([new("test.macro_f1", 0.5), new("valid.accuracy", 0.6)]);
        (gates.ChampionMargin, gates.MaxExcessEce, gates.LatencyUs, gates.SizeMb, gates.ContractCompatible).ShouldBe((0.01, 0.02, 100, 20.5, true));
        gates.ClassFloors.ShouldBe([new ClassFloor("1", null, 0.3, null), new ClassFloor(null, null, null, 0.2)]);
        gates.Slices.ShouldBe(
        [
            new SliceGate { Name = "short", MaxLength = 50, MinMacroF1 = 0.4, MinRows = 10 }, new SliceGate { Name = "country", Column = "country", MaxGap = 0.1 },
        ]);
        gates.SignedOffBy.ShouldBe(["ann", "risk"]);
        Read("gates: {no_worse_than_champion: {}}").ChampionMargin.ShouldBe(0);
        Read("").ChampionMargin.ShouldBeNull();
    }

    [Theory]
    [InlineData("min_metric: {log_loss: 1}", "gates.min_metric has 'log_loss'; write one of macro_f1")]
    [InlineData("min_metric: {train.macro_f1: 1}", "has 'train.macro_f1'")]
    [InlineData("min_metric: {macro_f1: 50}", "has 50 for macro_f1; it must be within 0 and 1")]
    [InlineData("min_metric: {macro_f1: high}", "gates.min_metric.macro_f1 is 'high', not a number")]
    [InlineData("no_worse_than_champion: {margin: -1}", "gates.no_worse_than_champion.margin is -1; it must be at least 0")]
    [InlineData("class_floors: [{label: a}]", "gates.class_floors[0] needs precision, recall or f1")]
    [InlineData("class_floors: [{recall: 2}]", "gates.class_floors[0].recall is 2; it must be within 0 and 1")]
    [InlineData("slices: [{column: a, max_gap: 0.1}]", "gates.slices[0].name is missing")]
    [InlineData("slices: [{name: a, max_gap: 0.1}]", "gates.slices[0] has no condition")]
    [InlineData("slices: [{name: a, language: en}]", "gates.slices[0] needs min_macro_f1 or max_gap")]
    [InlineData("slices: [{name: a, language: en, value: b, max_gap: 0.1}]", "no column that they are of")]
    [InlineData("slices: [{name: a, column: b, value: b, min: 1, max_gap: 0.1}]", "has both value")]
    [InlineData("slices: [{name: a, language: en, max_gap: 0.1, min_rows: 0}]", "gates.slices[0].min_rows is 0; it must be at least 1")]
    [InlineData("calibration: {}", "gates.calibration needs max_excess_ece")]
    [InlineData("latency_us: fast", "gates.latency_us is 'fast', not a number")]
    [InlineData("size_bm: 3", "unknown key 'gates.size_bm'; did you mean 'size_mb'?")]
    [InlineData("signed_off_by: ann", "gates.signed_off_by is a list")]
    public void Read_Wrong_NamesKeyAndWhatToDo(string gate, string message)
    {
        var refusal = Should.Throw<ProjectException>(() => Read($"gates:\n  {gate}")).Message;
        refusal.ShouldStartWith("/plumbline.yaml, line ");
        refusal.ShouldContain(message);
    }

    private static GateOptions Read(string yaml) => ProjectReader.Read("/plumbline.yaml", new StringReader(yaml), []).Gates;
}
