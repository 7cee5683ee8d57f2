using Plumbline.Statistics;

namespace Plumbline.Datasets.Generation;

/// <summary>Draws who rates what, when, how well and at what length. Immutable, so safe to share.</summary>
internal sealed class ReviewPlanner(ReviewGeneratorOptions options)
{
    private const int MaxWords = 1500;
    private const double MedianWords = 75;

    // Normal quantiles of 7, 12.5, 23 and 44 %: shares of 7, 5.5, 10.5, 21 and 56 % for 1 to 5 stars, the J of real shops.
    private static readonly double[] RatingThresholds = [-1.476, -1.150, -0.739, -0.151];

    private static readonly double[] MoodOfRating = [-1.55, -0.85, 0.0, 0.95, 1.6];

    private readonly ZipfMandelbrot _users = new(0.9, 20, options.UserCount);
    private readonly ZipfMandelbrot _items = new(1.1, 30, options.ItemCount);
    private readonly ReviewCalendar _calendar = new(options.Start, options.End);

    public ZipfMandelbrot Names { get; } = new(options.TailExponent, options.TailShift, 1L << 40);

    /// <summary>
    /// Draws the same numbers whatever the drift, in the same order, so that one kind of drift leaves all other
    /// properties of a row as they are.
    /// </summary>
    public ReviewPlan Plan(long row)
    {
        var random = RandomSource.Fork(options.Seed, (ulong)row << 1);
        var user = _users.Next(random);
        var item = _items.Next(random);
        var userTraits = UserTraits.Of(options.Seed, user);
        var itemTraits = ItemTraits.Of(options.Seed, item, Names);
        var time = _calendar.At((row + random.NextDouble()) / options.Rows);
        var progress = options.Drift?.Progress(time) ?? 0;

        var latent = (0.55 * itemTraits.Quality) + (0.45 * userTraits.Bias) + (0.70 * random.NextGaussian());
        var rating = 1;
        foreach (var threshold in RatingThresholds)
            rating += latent > threshold ? 1 : 0;
        if (random.NextDouble() < 0.4 * progress * (options.Drift?.ClassMix ?? 0))
            rating = 1;

        var mood = MoodOfRating[rating - 1] + (0.25 * random.NextGaussian());
        var logWords = Math.Log(MedianWords) + userTraits.Verbosity + (0.65 * random.NextGaussian())
            + (progress * (options.Drift?.Length ?? 0) * Math.Log(0.25));
        var words = (int)Math.Clamp(Math.Exp(logWords), 1, MaxWords);
        return new ReviewPlan(
            row, rating, mood, words, user, userTraits, item, itemTraits, time,
            progress * (options.Drift?.Vocabulary ?? 0), progress * (options.Drift?.Meaning ?? 0));
    }
}
