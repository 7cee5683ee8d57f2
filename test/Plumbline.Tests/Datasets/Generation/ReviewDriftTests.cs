using Plumbline.Datasets.Generation;

namespace Plumbline.Tests.Datasets.Generation;

public sealed class ReviewDriftTests
{
    private const int Rows = 6_000;
    private static readonly DateOnly Middle = new(2023, 7, 1);
    private static readonly DateTime From = Middle.ToDateTime(TimeOnly.MinValue);
    private static readonly Review[] Still = Generate(null);

    public static TheoryData<string> Kinds => ["vocabulary", "length", "classMix", "meaning"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Drift_BeforeItsDate_ChangesNothing(string kind)
    {
        var (before, after) = Changed(Generate(Drift(kind, 1)));
        before.ShouldBe(0);
        after.ShouldBeGreaterThan(200);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Drift_StrengthZero_ChangesNothing(string kind) => Generate(Drift(kind, 0)).ShouldBe(Still);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Drift_OfAnyKind_LeavesUserItemAndTime(string kind) =>
        Generate(Drift(kind, 1)).Select(review => (review.User, review.Item, review.Time))
            .ShouldBe(Still.Select(review => (review.User, review.Item, review.Time)));

    [Theory]
    [InlineData("vocabulary")]
    [InlineData("length")]
    [InlineData("meaning")]
    public void Drift_OtherThanClassMix_LeavesEveryRating(string kind) =>
        Generate(Drift(kind, 1)).Select(review => review.Rating).ShouldBe(Still.Select(review => review.Rating));

    [Theory]
    [InlineData("vocabulary")]
    [InlineData("classMix")]
    [InlineData("meaning")]
    public void Drift_OtherThanLength_LeavesTheMeanLength(string kind)
    {
        var expected = After(Still).Average(Words);
        After(Generate(Drift(kind, 1))).Average(Words).ShouldBe(expected, 0.06 * expected);
    }

    [Fact]
    public void Drift_Length_QuartersTheWords() =>
        (After(Generate(Drift("length", 1))).Average(Words) / After(Still).Average(Words)).ShouldBe(0.25, 0.05);

    [Fact]
    public void Drift_ClassMix_RaisesTheShareOfOneStar()
    {
        var drifted = After(Generate(Drift("classMix", 0.5)));
        var expected = OneStar(After(Still));
        OneStar(drifted).ShouldBe(expected + ((1 - expected) * 0.2), 0.03);
    }

    [Fact]
    public void Drift_Vocabulary_BringsWordsUnseenBefore()
    {
        UnseenShare(Still).ShouldBeLessThan(0.03);
        UnseenShare(Generate(Drift("vocabulary", 1))).ShouldBeGreaterThan(0.1);
    }

    [Theory]
    [InlineData("vocabulary", 0)]
    [InlineData("meaning", 1)]
    public void Drift_Meaning_TurnsTwoFacedWordsAndNoOtherDoes(string kind, int turned)
    {
        var drifted = Generate(Drift(kind, 1));
        (MeanRating(Still, "predictable") < MeanRating(Still, "ambitious")).ShouldBeTrue();
        (MeanRating(drifted, "predictable") < MeanRating(drifted, "ambitious")).ShouldBe(turned == 0);
        if (kind == "meaning")
            MeanRating(drifted, "loved").ShouldBe(MeanRating(Still, "loved"));
    }

    [Fact]
    public void Drift_Gradual_GrowsOverItsTime()
    {
        var drifted = Generate(Drift("length", 1) with { Until = new DateOnly(2025, 7, 1) });
        double Ratio(int year) => Mean(drifted, year) / Mean(Still, year);
        Ratio(2022).ShouldBe(1);
        Ratio(2024).ShouldBeInRange(0.4, 0.65);
        Ratio(2025).ShouldBeInRange(0.25, 0.4);

        static double Mean(Review[] reviews, int year) => reviews.Where(review => review.Time.Year == year).Average(Words);
    }

    [Fact]
    public void Drift_StrengthAboveOne_IsRefused() =>
        Should.Throw<ArgumentException>(() => Generate(Drift("length", 1.5))).Message.ShouldBe("Length is 1.5; it must be from 0 to 1.");

    private static DriftOptions Drift(string kind, double strength)
    {
        var none = new DriftOptions { From = Middle };
        return kind switch
        {
            "vocabulary" => none with { Vocabulary = strength },
            "length" => none with { Length = strength },
            "classMix" => none with { ClassMix = strength },
            _ => none with { Meaning = strength },
        };
    }

    private static Review[] Generate(DriftOptions? drift) =>
        [.. new ReviewGenerator(new ReviewGeneratorOptions { Rows = Rows, Seed = 11, Drift = drift }).Generate(0, Rows)];

    private static (int Before, int After) Changed(Review[] drifted)
    {
        var changed = Still.Zip(drifted).Where(pair => pair.First != pair.Second).ToArray();
        return (changed.Count(pair => pair.First.Time < From), changed.Count(pair => pair.First.Time >= From));
    }

    private static Review[] After(Review[] reviews) => [.. reviews.Where(review => review.Time >= From)];

    private static double OneStar(Review[] reviews) => reviews.Average(review => review.Rating == 1 ? 1.0 : 0);

    private static int Words(Review review) => review.Text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Length;

    private static double MeanRating(Review[] reviews, string word) =>
        After(reviews).Where(review => review.Text.Contains($" {word}", StringComparison.Ordinal)).Average(review => review.Rating);

    // Without names, which are new words at all times.
    private static double UnseenShare(Review[] reviews)
    {
        var seen = reviews.Where(review => review.Time < From).SelectMany(Lower).ToHashSet();
        return After(reviews).SelectMany(Lower).Average(word => seen.Contains(word) ? 0.0 : 1);

        static IEnumerable<string> Lower(Review review) =>
            review.Text.Split(' ', '.', ',', '!').Where(word => word.Length > 2 && word.All(char.IsAsciiLetterLower));
    }
}
