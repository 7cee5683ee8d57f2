using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Families;

/// <summary>
/// What the naive Bayes families have in common: closed forms over the values of the n-grams, smoothed by <see cref="Alpha"/>. Columns beside
/// the n-grams are no counts and have the weight 0.
/// </summary>
internal static class NaiveBayesFit
{
    public const string Alpha = "alpha";

    public static Parameter Smoothing { get; } = new FloatParameter(Alpha, 1e-3, 10, Log: true);

    /// <summary>Sums by n-gram and class, weights, scores.</summary>
    public static long Memory(TrainingShape shape) =>
        ((long)shape.Ngrams * (shape.Classes + 1) * sizeof(double)) + ((long)shape.Columns * shape.Classes * sizeof(float)) + (2 * shape.ScoreBytes);

    /// <summary>
    /// The linear model whose score of a class is its intercept + Σ value × weight; of two classes one
    /// output, the weights of the second less those of the first.
    /// </summary>
    /// <param name="weight">Weight of an n-gram (first) for a class (second).</param>
    public static IFittedModel Model(FitRequest request, string family, Func<int, int, double> weight, Func<int, double> intercept)
    {
        var (columns, classes) = (request.Train.Columns, request.Train.Classes);
        var outputs = classes == 2 ? 1 : classes;
        var model = new LinearModel(columns, outputs, outputs, new float[checked(columns * outputs)]);
        for (var ngram = 0; ngram < request.Ngrams; ngram++)
            Fill(model.Row(ngram), weight, ngram);
        Fill(model.Row(columns - 1), (_, k) => intercept(k), 0);
        return new FittedLinear(model, family, Steps: 1, LosesPrior: true);
    }

    private static void Fill(Span<float> row, Func<int, int, double> weight, int ngram)
    {
        if (row.Length == 1)
        {
            row[0] = (float)(weight(ngram, 1) - weight(ngram, 0));
            return;
        }
        for (var k = 0; k < row.Length; k++)
            row[k] = (float)weight(ngram, k);
    }
}
