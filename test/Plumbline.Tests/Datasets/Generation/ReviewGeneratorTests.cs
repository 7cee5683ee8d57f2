using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using FsCheck.Xunit;
using Plumbline.Datasets.Generation;

namespace Plumbline.Tests.Datasets.Generation;

public sealed partial class ReviewGeneratorTests
{
    private const int Rows = 12_000;
    private static readonly ReviewGenerator Generator = new(new ReviewGeneratorOptions { Rows = Rows, Seed = 5 });
    private static readonly Review[] Reviews = [.. Generator.Generate(0, Rows)];

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public async Task WriteCsvAsync_SeveralThreads_SameBytesAsOne(int threads)
    {
        using MemoryStream one = new(), several = new();
        await Generator.WriteCsvAsync(one, threads: 1, cancellationToken: TestContext.Current.CancellationToken);
        await Generator.WriteCsvAsync(several, threads, cancellationToken: TestContext.Current.CancellationToken);
        several.ToArray().AsSpan().SequenceEqual(one.ToArray()).ShouldBeTrue();
    }

    [Property(MaxTest = 30)]
    public bool WriteCsv_AnyTwoRanges_ConcatenateToTheirUnion(ushort start, byte first, byte second)
    {
        var from = start % (Rows - 512);
        var parts = Csv(from, first).Concat(Csv(from + first, second));
        return Csv(from, first + second).AsSpan().SequenceEqual(parts.ToArray());
    }

    [Fact]
    public void WriteCsv_OtherSeed_OtherBytes()
    {
        var other = new ArrayBufferWriter<byte>();
        new ReviewGenerator(Generator.Options with { Seed = 6 }).WriteCsv(0, 10, other);
        other.WrittenSpan.SequenceEqual(Csv(0, 10)).ShouldBeFalse();
    }

    [Fact]
    public void WriteCsv_ParsedBack_EqualsGeneratedReviews()
    {
        var parsed = ParseCsv(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Csv(0, Rows)));
        parsed.Count.ShouldBe(Rows);
        for (var i = 0; i < Rows; i++)
        {
            var review = Reviews[i];
            parsed[i].ShouldBe([review.Text, $"{review.Rating}", review.User, review.Item, $"{review.Time:yyyy-MM-ddTHH:mm:ssZ}"]);
        }
        Reviews.ShouldContain(review => review.Text.Contains('\n'));
        Reviews.ShouldContain(review => review.Text.Contains('"'));
    }

    [Fact]
    public void Generate_AllRows_TimesAscendWithinTheRange()
    {
        var times = Reviews.Select(review => review.Time).ToArray();
        times.Zip(times.Skip(1)).ShouldAllBe(pair => pair.First <= pair.Second);
        times[0].ShouldBeGreaterThanOrEqualTo(new DateTime(2021, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        times[^1].ShouldBeLessThan(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        var evening = times.Count(time => time.Hour is >= 18 and < 22);
        evening.ShouldBeGreaterThan(2 * times.Count(time => time.Hour is >= 2 and < 6));
    }

    [Fact]
    public void Generate_ManyRows_RatingsFormTheJ()
    {
        double[] expected = [0.07, 0.055, 0.105, 0.21, 0.56];
        for (var rating = 1; rating <= 5; rating++)
            Share(review => review.Rating == rating).ShouldBe(expected[rating - 1], 0.03);
    }

    [Fact]
    public void Generate_ManyRows_LengthsAreLogNormalAroundSeventyFiveWords()
    {
        var words = Reviews.Select(Words).Order().ToArray();
        words[Rows / 2].ShouldBeInRange(68, 82);
        words[Rows * 9 / 10].ShouldBeInRange(150, 300);
        words[0].ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData(@"n't\b|\b[Nn](ot|ever)\b", 0.3, 0.9)]
    [InlineData(@"[\uD83C-\uD83E][\uDC00-\uDFFF]", 0.003, 0.1)]
    [InlineData("https?://", 0.005, 0.2)]
    [InlineData("&[a-z#0-9]+;|<br />", 0.005, 0.2)]
    [InlineData(@"\p{IsCyrillic}|[\u3040-\u30ff]", 0.003, 0.05)]
    [InlineData("!", 0.2, 0.9)]
    [InlineData(@"\bso{2,}\b", 0.01, 0.3)]
    [InlineData("[A-Z]{4}", 0.02, 0.3)]
    [InlineData(@"\bbut\b|[Aa]lthough|[Hh]owever", 0.2, 0.9)]
    [InlineData("^(Great, just great|Oh wow|Brilliant idea|Congratulations to)", 0.001, 0.05)]
    public void Generate_ManyRows_ShowWhatRealReviewsShow(string pattern, double least, double most) =>
        Share(review => Regex.IsMatch(review.Text, pattern, RegexOptions.None, TimeSpan.FromSeconds(5))).ShouldBeInRange(least, most);

    [Fact]
    public void Generate_Users_FewWriteMuchAndManyLittle()
    {
        var counts = Reviews.GroupBy(review => review.User).Select(user => user.Count()).OrderDescending().ToArray();
        counts[0].ShouldBeGreaterThan(20);
        counts.Count(count => count <= 3).ShouldBeGreaterThan(counts.Length / 2);
    }

    [Fact]
    public void Generate_Items_GoodOnesAreRatedBetter()
    {
        var means = Reviews.GroupBy(review => review.Item).Where(item => item.Count() >= 20)
            .Select(item => item.Average(review => review.Rating)).ToArray();
        var spread = Math.Sqrt(means.Select(mean => Math.Pow(mean - means.Average(), 2)).Average());
        spread.ShouldBeGreaterThan(0.4);
    }

    [Fact]
    public void Generate_ReviewsOfOneStarAndFive_UseOppositeWords()
    {
        ShareOf("waste", 1).ShouldBeGreaterThan(3 * ShareOf("waste", 5));
        ShareOf("amazing", 5).ShouldBeGreaterThan(2 * ShareOf("amazing", 1));

        double ShareOf(string word, int rating) => Reviews.Where(review => review.Rating == rating)
            .Average(review => review.Text.Contains(word, StringComparison.OrdinalIgnoreCase) ? 1.0 : 0);
    }

    // Heaps' law: types grow as tokens^b. At b the million is passed at ten million rows, which takes too long here.
    [Fact]
    public void Generate_MoreRows_TypesFollowHeapsLawTowardsAMillion()
    {
        var types = new HashSet<string>(StringComparer.Ordinal);
        var small = 0;
        for (var i = 0; i < Rows; i++)
        {
            var text = Reviews[i].Text.ToLowerInvariant();
            foreach (var token in Token().EnumerateMatches(text))
                types.Add(text.Substring(token.Index, token.Length));
            if (i + 1 == Rows / 4)
                small = types.Count;
        }
        var exponent = Math.Log((double)types.Count / small) / Math.Log(4);
        exponent.ShouldBeInRange(0.55, 0.9);
        (types.Count * Math.Pow(10_000_000.0 / Rows, exponent)).ShouldBeGreaterThan(1_000_000);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, Rows + 1)]
    [InlineData(0, -1)]
    public void Generate_RangeOutside_Throws(long from, long count) =>
        Should.Throw<ArgumentOutOfRangeException>(() => Generator.Generate(from, count));

    [Fact]
    public void Constructor_BadOption_SaysWhichAndWhatIsAllowed() =>
        Should.Throw<ArgumentException>(() => new ReviewGenerator(new ReviewGeneratorOptions { TailExponent = 0.5 }))
            .Message.ShouldBe("TailExponent is 0.5; it must be above 1, at most 3.");

    [GeneratedRegex(@"\w+")]
    private static partial Regex Token();

    private static int Words(Review review) => review.Text.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Length;

    private static double Share(Func<Review, bool> condition) => (double)Reviews.Count(condition) / Rows;

    private static byte[] Csv(long from, long count)
    {
        var buffer = new ArrayBufferWriter<byte>();
        Generator.WriteCsv(from, count, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    private static List<string[]> ParseCsv(string csv)
    {
        var rows = new List<string[]>();
        for (var at = 0; at < csv.Length;)
        {
            var fields = new List<string>();
            do
            {
                var match = Field().Match(csv, at);
                fields.Add(match.Groups[1].Success ? match.Groups[1].Value.Replace("\"\"", "\"", StringComparison.Ordinal) : match.Groups[2].Value);
                at += match.Length + 1;
            }
            while (csv[at - 1] == ',');
            rows.Add([.. fields]);
        }
        return rows;
    }

    [GeneratedRegex("""\G(?:"((?:[^"]|"")*)"|([^,\n]*))""")]
    private static partial Regex Field();
}
