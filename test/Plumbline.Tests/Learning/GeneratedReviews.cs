using Plumbline.Datasets;
using Plumbline.Datasets.Generation;
using Plumbline.Features;
using Plumbline.Learning;
using Plumbline.Tests.Features;

namespace Plumbline.Tests.Learning;

/// <summary>Reviews of <see cref="ReviewGenerator"/> in memory, with a numeric input that is missing now and then.</summary>
internal static class GeneratedReviews
{
    public static readonly FeatureOptions Features = FeatureOptions.Default with
    {
        MaxFeatures = 3_000,
        Numeric = new NumericOptions(Keywords: ["great"], Inputs: ["hour"]),
    };

    public static readonly TrainingOptions Options = TrainingOptions.Default with { Features = Features, Threads = 2 };

    private static readonly Lazy<TrainedModel> Five = new(() => Trainer.Train(Data(5, 1_500), Options));
    private static readonly Lazy<TrainedModel> Two = new(() => Trainer.Train(Data(2, 1_000), Options));

    /// <summary>Trained once for all tests that only read it.</summary>
    public static TrainedModel Trained(int classes) => classes == 2 ? Two.Value : Five.Value;

    /// <summary>Two classes are low and high ratings; three to five are ratings, cut off at the top.</summary>
    /// <param name="label">Another label for a row that has this one.</param>
    /// <param name="text">The text of a row, where it is not a review.</param>
    public static TrainingData Data(int classes, int rows, int batchSize = 256, Func<int, int, int>? label = null, Func<int, string>? text = null)
    {
        var reviews = new ReviewGenerator(new ReviewGeneratorOptions { Rows = rows, Seed = 9 }).Generate(0, rows).Select((review, row) => (
            Split: row % 5 == 3 ? Split.Valid : row % 5 == 4 ? Split.Test : Split.Train,
            Text: text?.Invoke(row) ?? review.Text,
            Label: Relabel(row, classes == 2 ? (review.Rating > 3 ? 1 : 0) : Math.Min(review.Rating, classes) - 1),
            Inputs: new[] { row % 7 == 0 ? float.NaN : review.Time.Hour })).ToArray();
        var splits = Enum.GetValues<Split>().ToDictionary(
            split => split,
            split => Batches.Of(batchSize, 1, reviews.Where(review => review.Split == split).Select(review => (review.Text, review.Label, review.Inputs))));
        return new TrainingData([.. Enumerable.Range(1, classes).Select(label => $"{label}")], split => splits[split]);

        int Relabel(int row, int rating) => label?.Invoke(row, rating) ?? rating;
    }
}
