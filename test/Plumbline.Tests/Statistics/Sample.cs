using Plumbline.Statistics;

namespace Plumbline.Tests.Statistics;

/// <summary>Generated truth, decisions and probabilities; few distinct probabilities when asked, so that ties abound.</summary>
internal sealed record Sample(int[] Truth, int[] Predicted, float[] Probabilities, int Classes)
{
    public int Rows => Truth.Length;

    public static Sample Generate(ulong seed, int rows, int classes, bool ties = false, double skill = 2)
    {
        var random = new RandomSource(seed);
        var truth = new int[rows];
        var predicted = new int[rows];
        var probabilities = new float[rows * classes];
        for (var row = 0; row < rows; row++)
        {
            // Squaring makes low labels common and high ones rare.
            truth[row] = (int)(random.NextDouble() * random.NextDouble() * classes);
            var scores = new double[classes];
            for (var label = 0; label < classes; label++)
            {
                var score = random.NextGaussian() + (label == truth[row] ? skill : 0);
                scores[label] = Math.Exp(ties ? Math.Round(score) : score);
            }
            for (var label = 0; label < classes; label++)
                probabilities[(row * classes) + label] = (float)(scores[label] / scores.Sum());
            predicted[row] = ProbabilityScores.ArgMax(probabilities.AsSpan(row * classes, classes));
        }
        return new Sample(truth, predicted, probabilities, classes);
    }

    public float Probability(int row, int label) => Probabilities[(row * Classes) + label];

    public ClassificationReport Report(ulong seed = 1, int resamples = 50) => ClassificationReport.Compute(
        [.. Enumerable.Range(0, Classes).Select(label => $"label {label}")], Truth, Predicted, Probabilities, seed, resamples);
}
