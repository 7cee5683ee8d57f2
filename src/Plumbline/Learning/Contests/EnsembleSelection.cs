using Plumbline.Learning.Models;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Contests;

/// <summary>
/// Which models vote together, and with what weights: greedy selection with replacement on the rows held out (Caruana et al. 2004), each round adding the model that lowers the
/// log-loss of the mean most, until none does.
/// </summary>
internal static class EnsembleSelection
{
    public const string Family = "ensemble";

    private const int MostRounds = 20;

    /// <returns>Null where a single model is best.</returns>
    public static EnsembleContestant? Select(IReadOnlyList<CalibratedContestant> models, int[] labels, int classes)
    {
        var sum = new float[labels.Length * classes];
        var counts = new int[models.Count];
        var (rounds, least) = (0, double.PositiveInfinity);
        for (; rounds < MostRounds; rounds++)
        {
            var (best, loss) = Enumerable.Range(0, models.Count).Select(i => (Model: i, Loss: LogLoss(sum, models[i].Probabilities, rounds + 1, labels, classes))).MinBy(pair => pair.Loss);
            if (loss >= least - 1e-6)
                break;
            least = loss;
            counts[best]++;
            for (var i = 0; i < sum.Length; i++)
                sum[i] += models[best].Probabilities[i];
        }
        if (counts.Count(count => count > 0) < 2)
            return null;
        var members = Enumerable.Range(0, models.Count).Where(i => counts[i] > 0)
            .Select(i => new EnsembleMemberFit(models[i].Contestant.Result, (float)counts[i] / rounds, models[i].Calibration)).ToArray();
        // What serves is computed from the weights, so that it is judged from them, too.
        Array.Clear(sum);
        foreach (var (member, i) in members.Zip(Enumerable.Range(0, models.Count).Where(i => counts[i] > 0)))
            for (var at = 0; at < sum.Length; at++)
                sum[at] += member.Weight * models[i].Probabilities[at];
        EnsembleScorer.Finish(sum);
        var candidate = new Candidate(
            Family, new TrialParameters(members.Select(member => KeyValuePair.Create(member.Result.Candidate.Family, (ParameterValue)(double)member.Weight))),
            [.. members.Select(member => member.Result.Candidate)]);
        return new EnsembleContestant(Contestant.Judge(candidate, sum, labels, classes, losesPrior: false, steps: 1), members);
    }

    private static double LogLoss(float[] sum, float[] more, int voices, int[] labels, int classes)
    {
        double loss = 0;
        for (var row = 0; row < labels.Length; row++)
        {
            var at = (row * classes) + labels[row];
            loss -= Math.Log(Math.Max(1e-15, (sum[at] + more[at]) / voices));
        }
        return loss / labels.Length;
    }
}

/// <summary>A model among others.</summary>
/// <param name="Weight">Of its vote; where models are stacked, the mean over labels.</param>
internal sealed record EnsembleMemberFit(CandidateResult Result, float Weight, Calibration Calibration);

/// <summary>Several models as they compete together.</summary>
/// <param name="Stacking">Null where they vote.</param>
internal sealed record EnsembleContestant(Contestant Contestant, IReadOnlyList<EnsembleMemberFit> Members, StackingWeights? Stacking = null);
