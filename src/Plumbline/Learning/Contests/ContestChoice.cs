using System.Globalization;
using Plumbline.Learning.Families;
using Plumbline.Statistics;

namespace Plumbline.Learning.Contests;

/// <summary>Chooses among the best of each family: the simplest that noise cannot tell from the best.</summary>
internal sealed class ContestChoice
{
    private ContestChoice(Contestant chosen, string why, IReadOnlyDictionary<Contestant, PairedComparison> behind) => (Chosen, Why, Behind) = (chosen, why, behind);

    public Contestant Chosen { get; }

    public string Why { get; }

    /// <summary>How far each but the best is behind it.</summary>
    public IReadOnlyDictionary<Contestant, PairedComparison> Behind { get; }

    /// <param name="contestants">At least one, one of each family.</param>
    public static ContestChoice Among(IReadOnlyList<Contestant> contestants, int[] labels, int classes, ContestOptions options, ulong seed, int threads)
    {
        var best = contestants.OrderByDescending(one => one.Result.MacroF1).ThenBy(one => one.Result.LogLoss).First();
        var predicted = best.Predictions(classes);
        var behind = contestants.Where(one => one != best).ToDictionary(one => one, one => PairedComparison.Of(labels, predicted, one.Predictions(classes), classes, seed, threads));
        bool IsWithinNoise(Contestant one) => one == best || behind[one].Difference <= options.StandardErrors * behind[one].StandardError;
        var chosen = contestants.Where(IsWithinNoise).OrderBy(Complexity).ThenByDescending(one => one.Result.MacroF1).First();
        return new ContestChoice(chosen, Explain(best, chosen, behind, options), behind);
    }

    private static int Complexity(Contestant contestant) => contestant.Result.Candidate.Family switch
    {
        Stacking.Family => int.MaxValue,
        EnsembleSelection.Family => int.MaxValue - 1,
        var family => ModelFamilies.Of(family).Complexity,
    };

    private static string Errors(double standardErrors) => string.Create(CultureInfo.InvariantCulture, $"{standardErrors:0.##} standard error{(standardErrors == 1 ? "" : "s")}");

    private static string Explain(Contestant best, Contestant chosen, Dictionary<Contestant, PairedComparison> behind, ContestOptions options)
    {
        var name = chosen.Result.Candidate.Family;
        if (chosen == best)
            return string.Create(CultureInfo.InvariantCulture, $"{name} has the highest macro-F1 {options.Judged}, {best.Result.MacroF1:f4}, and no simpler family is within {Errors(options.StandardErrors)} of it");
        var comparison = behind[chosen];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{name} is the simplest within {Errors(options.StandardErrors)} of the best: {best.Result.Candidate.Family} has {comparison.Difference:f4} more macro-F1 {options.Judged}, {comparison.Low:f4} to {comparison.High:f4} at 95 %, McNemar p {comparison.McNemarP:g2}");
    }
}
