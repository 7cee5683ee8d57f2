using Plumbline.Statistics;

namespace Plumbline.Learning;

/// <summary>
/// Learns offsets for macro-F1 on valid by coordinate ascent over a grid, and keeps them only where they gain on rows that they were not
/// learnt from (five folds); otherwise argmax stays.
/// </summary>
internal static class DecisionRuleFit
{
    private const int Folds = 5;
    private const int Rounds = 3;
    private const float Step = 0.1f;
    private const int Steps = 20;

    /// <summary>The search is cubic in the classes; with more of them argmax stays.</summary>
    private const int MostClasses = 100;

    public static DecisionRule Fit(float[] probabilities, int[] labels, int classes, ulong seed, int threads)
    {
        if (classes > MostClasses || labels.Length < Folds)
            return DecisionRule.Argmax(classes);
        var folds = new int[labels.Length];
        for (var i = 0; i < folds.Length; i++)
            folds[i] = i % Folds;
        new RandomSource(seed).Shuffle<int>(folds);
        var logs = Array.ConvertAll(probabilities, probability => MathF.Log(MathF.Max(probability, 1e-20f)));
        var offsets = new float[Folds + 1][];
        Parallel.For(0, Folds + 1, new ParallelOptions { MaxDegreeOfParallelism = threads }, fold =>
            offsets[fold] = Ascend(logs, labels, classes, row => folds[row] != fold));
        var plain = new int[classes * classes];
        var moved = new int[classes * classes];
        for (var row = 0; row < labels.Length; row++)
        {
            plain[(labels[row] * classes) + Choose(logs, row, classes, new float[classes])]++;
            moved[(labels[row] * classes) + Choose(logs, row, classes, offsets[folds[row]])]++;
        }
        // Half a point of F1 a hundred: less than that is not worth answers that differ from the likeliest label.
        const double LeastGain = 0.005;
        return MacroF1(moved, classes) > MacroF1(plain, classes) + LeastGain ? new DecisionRule(offsets[Folds]) : DecisionRule.Argmax(classes);
    }

    /// <summary>Macro-F1 of a confusion matrix (truth × predicted) over the classes that occur in either.</summary>
    public static double MacroF1(ReadOnlySpan<int> confusion, int classes)
    {
        double sum = 0;
        var present = 0;
        for (var k = 0; k < classes; k++)
        {
            long truth = 0, predicted = 0;
            for (var j = 0; j < classes; j++)
            {
                truth += confusion[(k * classes) + j];
                predicted += confusion[(j * classes) + k];
            }
            if (truth + predicted == 0)
                continue;
            present++;
            sum += 2.0 * confusion[(k * classes) + k] / (truth + predicted);
        }
        return present == 0 ? 0 : sum / present;
    }

    private static float[] Ascend(float[] logs, int[] labels, int classes, Func<int, bool> isIncluded)
    {
        var rows = Enumerable.Range(0, labels.Length).Where(isIncluded).ToArray();
        var offsets = new float[classes];
        var confusion = new int[classes * classes];
        // Rows that change hands as a class's offset grows, by grid step.
        var takers = new List<(int Row, int Loser)>[(2 * Steps) + 1];
        for (var step = 0; step < takers.Length; step++)
            takers[step] = [];
        for (var round = 0; round < Rounds; round++)
        {
            var before = offsets.ToArray();
            for (var k = 0; k < classes; k++)
            {
                Array.Clear(confusion);
                foreach (var list in takers)
                    list.Clear();
                foreach (var row in rows)
                {
                    var (rival, threshold) = Rival(logs, row, classes, offsets, k);
                    confusion[(labels[row] * classes) + rival]++;
                    var step = (int)MathF.Ceiling((threshold / Step) + 1e-4f) + Steps;
                    if (step <= 2 * Steps)
                        takers[Math.Max(0, step)].Add((row, rival));
                }
                var (best, bestScore) = (offsets[k], double.NegativeInfinity);
                for (var step = 0; step < takers.Length; step++)
                {
                    foreach (var (row, loser) in takers[step])
                    {
                        confusion[(labels[row] * classes) + loser]--;
                        confusion[(labels[row] * classes) + k]++;
                    }
                    var offset = (step - Steps) * Step;
                    var score = MacroF1(confusion, classes);
                    // Of equal scores the offset nearest to 0.
                    if (score > bestScore + 1e-9 || (score > bestScore - 1e-9 && MathF.Abs(offset) < MathF.Abs(best)))
                        (best, bestScore) = (offset, score);
                }
                offsets[k] = best;
            }
            if (offsets.AsSpan().SequenceEqual(before))
                break;
        }
        return offsets;
    }

    /// <summary>The best class but <paramref name="k"/>, and the offset of k from which k would win.</summary>
    private static (int Rival, float Threshold) Rival(float[] logs, int row, int classes, float[] offsets, int k)
    {
        var (rival, most) = (-1, float.NegativeInfinity);
        for (var j = 0; j < classes; j++)
        {
            if (j != k && logs[(row * classes) + j] + offsets[j] > most)
                (rival, most) = (j, logs[(row * classes) + j] + offsets[j]);
        }
        return (rival, most - logs[(row * classes) + k]);
    }

    private static int Choose(float[] logs, int row, int classes, float[] offsets)
    {
        var best = 0;
        for (var k = 1; k < classes; k++)
        {
            if (logs[(row * classes) + k] + offsets[k] > logs[(row * classes) + best] + offsets[best])
                best = k;
        }
        return best;
    }
}
