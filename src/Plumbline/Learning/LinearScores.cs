using Plumbline.Features;

namespace Plumbline.Learning;

internal static class LinearScores
{
    /// <summary>
    /// Scores of every row by every class, n × K row-major. A model with one output for two classes scores the first class 0.
    /// </summary>
    public static float[] Of(LinearModel model, FeatureMatrix matrix, int threads)
    {
        var classes = matrix.Classes;
        var scores = new float[matrix.Rows * classes];
        var firstRows = new int[matrix.Blocks.Count];
        for (var block = 1; block < firstRows.Length; block++)
            firstRows[block] = firstRows[block - 1] + matrix.Blocks.Outline(block - 1).Rows;
        Parallel.For(0, matrix.Blocks.Count, new ParallelOptions { MaxDegreeOfParallelism = threads }, b =>
        {
            var block = matrix.Blocks[b];
            for (var row = 0; row < block.Rows; row++)
            {
                var target = scores.AsSpan((firstRows[b] + row) * classes, classes);
                target = model.Outputs == 1 ? target[1..] : target;
                for (var at = block.Start(row); at < block.Ends[row]; at++)
                {
                    var weights = model.Row(block.Indices[at])[..target.Length];
                    var value = block.Values[at];
                    for (var k = 0; k < weights.Length; k++)
                        target[k] += value * weights[k];
                }
            }
            matrix.Blocks.Return(b, block);
        });
        return scores;
    }
}
