using System.Globalization;
using Plumbline.Statistics;

namespace Plumbline.Bench;

/// <summary>Macro-F1 of two classifiers on the same test rows and the bootstrap distribution of the difference.</summary>
internal static class PairedCommand
{
    private const ulong Seed = 42;

    /// <param name="args">Truth, first and second: files of one label a line, the same rows in the same order.</param>
    public static Task<int> RunAsync(string[] args)
    {
        var (truth, first, second) = (File.ReadAllLines(args[0]), File.ReadAllLines(args[1]), File.ReadAllLines(args[2]));
        if (first.Length != truth.Length || second.Length != truth.Length)
            throw new ArgumentException($"{truth.Length}, {first.Length} and {second.Length} lines are not the same rows.");
        var labels = truth.Concat(first).Concat(second).Distinct(StringComparer.Ordinal).Select((label, index) => (label, index)).ToDictionary(StringComparer.Ordinal);
        var (known, one, other) = (Indices(truth), Indices(first), Indices(second));
        var comparison = PairedComparison.Of(known, one, other, labels.Count, Seed);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $$"""{"rows":{{truth.Length}},"first":{{MacroF1(one):f4}},"second":{{MacroF1(other):f4}},"difference":{{comparison.Difference:f4}},"low":{{comparison.Low:f4}},"high":{{comparison.High:f4}},"mcnemar_p":{{comparison.McNemarP:g3}}}"""));
        return Task.FromResult(0);

        int[] Indices(string[] lines) => [.. lines.Select(line => labels[line])];

        double MacroF1(int[] predicted) => new ConfusionMatrix(known, predicted, labels.Count).Counts.MacroF1;
    }
}
