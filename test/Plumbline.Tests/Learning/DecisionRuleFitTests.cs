using FsCheck.Xunit;
using Plumbline.Learning;
using Plumbline.Statistics;
using Plumbline.Tests.Statistics;

namespace Plumbline.Tests.Learning;

public sealed class DecisionRuleFitTests
{
    [Fact]
    public void Fit_ArgmaxIsAlwaysRight_Argmax()
    {
        var sample = Sample.Generate(1, 2_000, 4);
        DecisionRuleFit.Fit(sample.Probabilities, sample.Predicted, 4, seed: 1, threads: 2).IsArgmax.ShouldBeTrue();
    }

    [Fact]
    public void Fit_LabelsWithoutRelation_Argmax()
    {
        var random = new RandomSource(5);
        var labels = Enumerable.Range(0, 2_000).Select(_ => random.NextInt32(3)).ToArray();
        DecisionRuleFit.Fit([.. labels.SelectMany(_ => new[] { 0.3f, 0.4f, 0.3f })], labels, 3, 1, 2).Choose([0.9f, 0.05f, 0.05f]).ShouldBe(0);
    }

    [Fact]
    public void Fit_RareClassNeverMostProbable_GainsMacroF1OnOtherRows()
    {
        var (probabilities, labels) = Skewed(1);
        var rule = DecisionRuleFit.Fit(probabilities, labels, 2, 1, 2);
        rule.IsArgmax.ShouldBeFalse();
        var (others, truth) = Skewed(2);
        MacroF1(rule, others, truth).ShouldBeGreaterThan(MacroF1(DecisionRule.Argmax(2), others, truth) + 0.05);
    }

    [Fact]
    public void Fit_AnyThreads_SameOffsets()
    {
        var (probabilities, labels) = Skewed(3);
        DecisionRuleFit.Fit(probabilities, labels, 2, 1, 1).Offsets.ShouldBe(DecisionRuleFit.Fit(probabilities, labels, 2, 1, 4).Offsets);
    }

    [Property(MaxTest = 100)]
    public void MacroF1_AnyConfusion_SameAsTheReport(ushort seed)
    {
        var sample = Sample.Generate(seed, 1 + (seed % 40), 5);
        var confusion = new int[25];
        var counts = new LabelCounts(5);
        for (var row = 0; row < sample.Rows; row++)
        {
            confusion[(sample.Truth[row] * 5) + sample.Predicted[row]]++;
            counts.Add(sample.Truth[row], sample.Predicted[row], 1);
        }
        DecisionRuleFit.MacroF1(confusion, 5).ShouldBe(counts.MacroF1, 1e-12);
    }

    [Property(MaxTest = 100)]
    public void Choose_Argmax_FirstOfTheLargest(float[] probabilities)
    {
        probabilities = [.. probabilities.Append(0).Select(value => float.IsFinite(value) ? Math.Abs(value) : 0)];
        DecisionRule.Argmax(probabilities.Length).Choose(probabilities).ShouldBe(ProbabilityScores.ArgMax(probabilities));
    }

    /// <summary>One row in twelve is of class 1, whose probability never reaches one half.</summary>
    private static (float[] Probabilities, int[] Labels) Skewed(ulong seed)
    {
        var random = new RandomSource(seed);
        var labels = Enumerable.Range(0, 4_000).Select(_ => random.NextInt32(12) == 0 ? 1 : 0).ToArray();
        return ([.. labels.SelectMany(label =>
        {
            var rare = (float)Math.Clamp(0.1 + (0.2 * label) + (0.07 * random.NextGaussian()), 0.01, 0.49);
            return new[] { 1 - rare, rare };
        })], labels);
    }

    private static double MacroF1(DecisionRule rule, float[] probabilities, int[] labels)
    {
        var counts = new LabelCounts(2);
        for (var row = 0; row < labels.Length; row++)
            counts.Add(labels[row], rule.Choose(probabilities.AsSpan(2 * row, 2)), 1);
        return counts.MacroF1;
    }
}
