using Plumbline.Features;
using Plumbline.Learning.Models;

namespace Plumbline.Learning;

internal static class LinearScores
{
    /// <summary>
    /// Scores of every row by every class, n × K row-major. A model with one output for two classes scores the first class 0.
    /// </summary>
    public static float[] Of(LinearModel model, FeatureMatrix matrix, int threads) => RowScores.Of(matrix, threads, (row, scores) =>
    {
        var target = model.Outputs == 1 ? scores[1..] : scores;
        for (var i = 0; i < row.Indices.Length; i++)
        {
            var weights = model.Row(row.Indices[i])[..target.Length];
            var value = row.Values[i];
            for (var k = 0; k < weights.Length; k++)
                target[k] += value * weights[k];
        }
    });
}
