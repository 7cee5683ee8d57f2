using Plumbline.Features;

namespace Plumbline.Learning.Models;

/// <summary>Scores of all rows of a matrix.</summary>
internal static class RowScores
{
    /// <param name="score">Fills the scores of one row, one a class; called by several threads.</param>
    /// <returns>n × K, row-major.</returns>
    public static float[] Of(FeatureMatrix matrix, int threads, ScoreRow score)
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
                var entries = block.Start(row)..block.Ends[row];
                score(new FeatureRow(block.Indices.AsSpan(entries), block.Values.AsSpan(entries)), scores.AsSpan((firstRows[b] + row) * classes, classes));
            }
            matrix.Blocks.Return(b, block);
        });
        return scores;
    }
}

/// <summary>Scores one row.</summary>
internal delegate void ScoreRow(FeatureRow row, Span<float> scores);
