namespace Plumbline.Features;

internal sealed unsafe partial class FittedFeatures
{
    /// <summary>Folds of the training rows whose sentiment is computed without themselves.</summary>
    private const int Folds = 5;

    /// <summary>
    /// Polarity of an n-gram: mean of the label's rank over the texts that hold it, less the mean over all, shrunk by ten texts without opinion,
    /// in units of half the range of ranks. Returns one table for each fold, learnt without it; the full fit goes into this contract's table.
    /// </summary>
    private float[][] LearnPolarity(FeatureBlocks blocks, int classes, CancellationToken cancellation)
    {
        const double Shrinkage = 10;
        var ranks = new long[Folds][];
        var texts = new int[Folds][];
        var rankTotals = new long[Folds];
        var textTotals = new long[Folds];
        Parallel.For(0, Folds, ParallelOptions(cancellation), fold =>
        {
            var (foldRanks, foldTexts) = (ranks[fold], texts[fold]) = (new long[NgramCount], new int[NgramCount]);
            foreach (var block in blocks)
            {
                for (var row = fold; row < block.Rows; row += Folds)
                {
                    var label = block.Labels[row];
                    rankTotals[fold] += label;
                    textTotals[fold]++;
                    foreach (var index in block.Indices.AsSpan(block.Start(row)..(block.Ends[row] - Tail)))
                    {
                        foldRanks[index] += label;
                        foldTexts[index]++;
                    }
                }
            }
        });
        var halfRange = Math.Max(1, classes - 1) / 2.0;
        var allRanks = rankTotals.Sum();
        var allTexts = textTotals.Sum();
        var tables = new float[Folds][];
        for (var fold = 0; fold < Folds; fold++)
        {
            tables[fold] = new float[2 * NgramCount];
            var mean = (allRanks - rankTotals[fold]) / (double)Math.Max(1, allTexts - textTotals[fold]);
            for (var feature = 0; feature < NgramCount; feature++)
            {
                long rank = -ranks[fold][feature], text = -texts[fold][feature];
                for (var other = 0; other < Folds; other++)
                    (rank, text) = (rank + ranks[other][feature], text + texts[other][feature]);
                tables[fold][2 * feature] = _table[2 * feature];
                tables[fold][(2 * feature) + 1] = (float)((rank - (mean * text)) / (text + Shrinkage) / halfRange);
            }
        }
        var fullMean = allRanks / (double)Math.Max(1, allTexts);
        for (var feature = 0; feature < NgramCount; feature++)
        {
            long rank = 0, text = 0;
            for (var fold = 0; fold < Folds; fold++)
                (rank, text) = (rank + ranks[fold][feature], text + texts[fold][feature]);
            _table[(2 * feature) + 1] = (float)((rank - (fullMean * text)) / (text + Shrinkage) / halfRange);
        }
        return tables;
    }
}
