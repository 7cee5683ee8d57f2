using Plumbline.Inference.Logging;
using Plumbline.Statistics;

namespace Plumbline.Monitoring;

/// <summary>
/// Whether labels have come to mean something else: evidence that more of all answers are wrong, and that two labels are taken for each other more often, than probabilities and all labels before say. docs/specs/quality.md. Not
/// thread-safe.
/// </summary>
internal sealed class LabelMeaning
{
    /// <summary>Evidence at which a change is found: while there is none, at most in 4 % of all 1,000 labels, of the 5 % that all tests may have.</summary>
    private const double Threshold = 25_000;

    /// <summary>Labels that are only learnt from.</summary>
    private const int Least = 200;

    /// <summary>Chances below are taken for it: nobody knows so exactly how seldom something is.</summary>
    private const double LeastChance = 0.02;

    /// <summary>Share of the bets that is on pairs.</summary>
    private const double OfPairs = 0.1;

    private const int MostLabels = 16;

    /// <summary>Which part of what was right goes wrong: the loss that is to be found, of all; of a pair it is as much greater as the pair is rarer.</summary>
    private static readonly double[] ErrorStakes = [0.05];
    private static readonly double[] PairStakes = [0.1, 0.3];

    public long Rows { get; set; }

    public BettingDetector Errors { get; set; } = new();

    /// <summary>Whose pairs are watched: the first that came, as answers or true ones. Frequent ones come early.</summary>
    public List<string> Labels { get; set; } = [];

    /// <summary>Of places i below j, at j(j − 1)/2 + i.</summary>
    public List<BettingDetector> Pairs { get; set; } = [];

    /// <param name="pair">Receives the two labels that are taken for each other, if there is more evidence of that than of errors of all kinds.</param>
    /// <returns>Whether there is enough evidence of a change.</returns>
    public bool Add(LoggedPrediction prediction, string label, out IReadOnlyList<string>? pair)
    {
        pair = null;
        var counts = ++Rows > Least;
        Errors.Add(label == prediction.Label ? 0 : 1 / Chance(1 - prediction.Confidence), ErrorStakes, counts);
        var (answer, truth) = (PlaceOf(prediction.Label), PlaceOf(label));
        for (var other = 0; other < Labels.Count && answer >= 0; other++)
        {
            if (other != answer)
                Pairs[PairOf(answer, other)].Add(other == truth ? 1 / Chance(prediction.ProbabilityOf(label)) : 0, PairStakes, counts);
        }
        if (((1 - OfPairs) * Errors.MeanEvidence()) + (OfPairs * PairEvidence()) < Threshold)
            return false;
        pair = MostEvident();
        return true;
    }

    private static double Chance(double probability) => probability > LeastChance ? probability : LeastChance;

    private static int PairOf(int one, int other) => (Math.Max(one, other) * (Math.Max(one, other) - 1) / 2) + Math.Min(one, other);

    /// <summary>-1: there are too many.</summary>
    private int PlaceOf(string label)
    {
        var place = Labels.IndexOf(label);
        if (place >= 0 || Labels.Count == MostLabels)
            return place;
        for (var other = 0; other < Labels.Count; other++)
            Pairs.Add(new BettingDetector());
        Labels.Add(label);
        return Labels.Count - 1;
    }

    /// <summary>Every answer is a row of as many pairs as there are other labels: over so many the evidence is shared.</summary>
    private double PairEvidence()
    {
        var sum = 0.0;
        foreach (var pair in Pairs)
            sum += pair.MeanEvidence();
        return Pairs.Count == 0 ? 0 : sum / (Labels.Count - 1);
    }

    private string[]? MostEvident()
    {
        var (most, labels) = (Errors.MeanEvidence(), default(string[]));
        for (var second = 1; second < Labels.Count; second++)
        {
            for (var first = 0; first < second; first++)
            {
                if (Pairs[PairOf(first, second)].MeanEvidence() is var evidence && evidence > most)
                    (most, labels) = (evidence, [Labels[first], Labels[second]]);
            }
        }
        return labels;
    }
}
