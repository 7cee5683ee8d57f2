using Plumbline.Tuning.Spaces;

namespace Plumbline.Tuning.Importance;

/// <summary>
/// Importance by PED-ANOVA (Watanabe, Bansal &amp; Hutter 2023): how much the distribution q of a parameter among the best tenth of the trials, at least five of them, differs from its prior u, as the Pearson
/// divergence Σ u·(q/u − 1)². It says which parameters matter for being among the best of the whole space, and costs O(trials) a parameter.
/// </summary>
internal static class PedAnova
{
    private const double BestShare = 0.1;

    /// <summary>Below it the distribution is one of single trials.</summary>
    private const int LeastBest = 5;

    private const int LeastTrials = 2 * LeastBest;
    private const int MostCells = 50;

    /// <summary>
    /// The parameters, the most important first; of equal ones in the order of the space. A parameter under a condition is judged among the trials that have it, and counts by their share.
    /// Empty with fewer than ten complete trials.
    /// </summary>
    /// <param name="objective">From 0.</param>
    public static IReadOnlyList<ParameterImportance> Of(SearchSpace space, IEnumerable<Trial> trials, IReadOnlyList<StudyDirection> directions, int objective = 0)
    {
        var sign = directions[objective] == StudyDirection.Minimize ? 1 : -1;
        var ranked = trials.Where(IsJudged)
            .OrderBy(trial => sign * trial.Values[objective]).ThenBy(trial => trial.Number).Select(trial => space.ToUnit(trial.Parameters)).ToArray();
        if (ranked.Length < LeastTrials)
            return [];
        var divergences = new double[space.Parameters.Count];
        for (var i = 0; i < divergences.Length; i++)
        {
            var places = ranked.Select(units => units[i]).Where(place => !double.IsNaN(place)).ToArray();
            if (places.Length >= LeastTrials && space.Parameters[i].Count is not 1)
                divergences[i] = Divergence(space.Parameters[i], places) * places.Length / ranked.Length;
        }
        var total = divergences.Sum();
        return [.. divergences.Select((divergence, i) => new ParameterImportance(space.Parameters[i].Name, total > 0 ? divergence / total : 0)).OrderByDescending(importance => importance.Share)];
    }

    /// <summary>Whether a trial is one of those that importances rest on.</summary>
    public static bool IsJudged(Trial trial) => trial.State == TrialState.Complete && trial.CopyOf is null;

    /// <summary>How many of so many trials are taken for the best.</summary>
    public static int BestOf(int trials) => Math.Max(LeastBest, (int)Math.Ceiling(BestShare * trials));

    /// <param name="places">Of the trials, the best first.</param>
    private static double Divergence(Parameter parameter, double[] places)
    {
        var cells = parameter.IsCategorical ? (int)parameter.Count!.Value : (int)Math.Min(parameter.Count ?? MostCells, MostCells);
        var best = Masses(parameter, places.AsSpan(0, BestOf(places.Length)), cells);
        double divergence = 0;
        foreach (var mass in best)
            divergence += Math.Pow((mass * cells) - 1, 2) / cells;
        return divergence;
    }

    /// <summary>The distribution over the cells, smoothed and above 0 everywhere: one more observation is spread evenly.</summary>
    private static double[] Masses(Parameter parameter, ReadOnlySpan<double> places, int cells)
    {
        var masses = new double[cells];
        Array.Fill(masses, 1.0 / cells / (places.Length + 1));
        var width = parameter.IsCategorical ? 0 : ScottsWidth(places, cells);
        foreach (var place in places)
        {
            var centre = (int)Math.Min(place * cells, cells - 1);
            if (width == 0)
            {
                masses[centre] += 1.0 / (places.Length + 1);
                continue;
            }
            var inside = Samplers.NormalDistribution.Mass((-0.5 - centre) / width, (cells - 0.5 - centre) / width);
            for (var cell = 0; cell < cells; cell++)
                masses[cell] += Samplers.NormalDistribution.Mass((cell - 0.5 - centre) / width, (cell + 0.5 - centre) / width) / inside / (places.Length + 1);
        }
        return masses;
    }

    /// <summary>Scott's rule (1992) in cells, 1.059·min(σ, IQR/1.34)·n^(−1/5); at least so that a twentieth of a kernel leaves its cell on each side.</summary>
    private static double ScottsWidth(ReadOnlySpan<double> places, int cells)
    {
        var sorted = places.ToArray();
        Array.Sort(sorted);
        var mean = sorted.Average();
        var deviation = sorted.Length < 2 ? 0 : Math.Sqrt(sorted.Sum(place => (place - mean) * (place - mean)) / (sorted.Length - 1));
        var quartiles = sorted[3 * (sorted.Length - 1) / 4] - sorted[(sorted.Length - 1) / 4];
        return Math.Max(1.059 * cells * Math.Min(deviation, quartiles / 1.34) * Math.Pow(sorted.Length, -0.2), 0.5 / 1.64);
    }
}
