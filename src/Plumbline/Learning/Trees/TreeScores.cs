using Plumbline.Features;

namespace Plumbline.Learning.Trees;

internal static class TreeScores
{
    /// <summary>Adds to the sums of every row, n × K row-major, what its leaves hold.</summary>
    public static void Add(TreeEvaluation evaluation, FeatureMatrix matrix, float[] sums, int threads)
    {
        var classes = matrix.Classes;
        var first = classes - evaluation.Model.Outputs;
        var firstRows = new int[matrix.Blocks.Count];
        for (var block = 1; block < firstRows.Length; block++)
            firstRows[block] = firstRows[block - 1] + matrix.Blocks.Outline(block - 1).Rows;
        Parallel.For(0, matrix.Blocks.Count, new ParallelOptions { MaxDegreeOfParallelism = threads }, b =>
        {
            var block = matrix.Blocks[b];
            for (var row = 0; row < block.Rows; row++)
                evaluation.Add(TreeDataset.Row(block, row), sums.AsSpan((firstRows[b] + row) * classes, classes)[first..]);
            matrix.Blocks.Return(b, block);
        });
    }

    /// <summary>Scores of every row by every class, n × K row-major.</summary>
    public static float[] Of(TreeEvaluation evaluation, FeatureMatrix matrix, int threads)
    {
        var scores = new float[(long)matrix.Rows * matrix.Classes];
        Add(evaluation, matrix, scores, threads);
        for (var row = 0; row < matrix.Rows; row++)
            evaluation.Finish(scores.AsSpan(row * matrix.Classes, matrix.Classes));
        return scores;
    }
}
