using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using FsCheck.Xunit;
using Plumbline.Datasets;
using Plumbline.Datasets.Duplicates;
using Plumbline.Datasets.Preparation;
using Plumbline.Datasets.Profiling;
using Plumbline.Statistics;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Datasets.Duplicates;

public sealed class DuplicateFinderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Group_PlantedCopies_AreFoundAndNothingElse()
    {
        var random = new RandomSource(1);
        var texts = Enumerable.Range(0, 3_000).Select(_ => RandomTexts.Text(random, 20 + random.NextInt32(150))).ToList();
        // One word of twenty changed is a similarity of 0.85 or more.
        var planted = Enumerable.Range(0, 1_000).Select(original => (original, Copy: RandomTexts.Edit(random, texts[original], texts[original].Count(c => c == ' ') / 40))).ToArray();
        planted = [.. planted.Where(pair => NaiveShingles.Jaccard(texts[pair.original], pair.Copy) >= 0.88)];
        planted.Length.ShouldBeGreaterThan(300);
        var originals = texts.Count;
        texts.AddRange(planted.Select(pair => pair.Copy));
        using var finder = Group(texts, new PreparationOptions());
        var found = Enumerable.Range(0, planted.Length).Count(i => finder.Roots[originals + i] == planted[i].original);
        found.ShouldBeGreaterThanOrEqualTo((int)(0.95 * planted.Length));
        for (var i = 0; i < originals; i++)
            finder.Roots[i].ShouldBe(i);
        for (var i = originals; i < texts.Count; i++)
            finder.Roots[i].ShouldBeOneOf(i, planted[i - originals].original);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.65)]
    [InlineData(0.95)]
    public void Group_OtherSimilarity_FindsPairsAboveAndNoneFarBelow(double similarity)
    {
        var random = new RandomSource(2);
        var texts = new List<string>();
        for (var i = 0; i < 600; i++)
        {
            texts.Add(RandomTexts.Text(random, 100));
            texts.Add(RandomTexts.Edit(random, texts[^1], i % 20));
        }
        using var finder = Group(texts, new PreparationOptions { NearSimilarity = similarity });
        int above = 0, missed = 0;
        for (var i = 1; i < texts.Count; i += 2)
        {
            var jaccard = NaiveShingles.Jaccard(texts[i - 1], texts[i]);
            if (jaccard < similarity - 0.2)
                finder.Roots[i].ShouldBe(i);
            if (jaccard < Math.Min(1, similarity + 0.1))
                continue;
            above++;
            missed += finder.Roots[i] == i - 1 ? 0 : 1;
        }
        above.ShouldBeGreaterThan(20);
        missed.ShouldBeLessThanOrEqualTo(above / 20);
    }

    [Fact]
    public void Group_AnyThreadsAndMemory_SameGroups()
    {
        var random = new RandomSource(3);
        var bases = Enumerable.Range(0, 60).Select(_ => RandomTexts.Text(random, 100)).ToArray();
        var texts = Enumerable.Range(0, 4_000).Select(_ => RandomTexts.Edit(random, bases[random.NextInt32(bases.Length)], random.NextInt32(10))).ToArray();
        using var one = Group(texts, new PreparationOptions(), threads: 1);
        using var many = Group(texts, new PreparationOptions(), threads: 7);
        many.Roots.ToArray().ShouldBe(one.Roots.ToArray());
        one.Roots.ToArray().Distinct().Count().ShouldBeLessThan(3_000);
    }

    [Fact]
    public void Group_OneTextWithManyVariants_IsOneGroup()
    {
        var random = new RandomSource(4);
        var text = RandomTexts.Text(random, 200);
        using var finder = Group([.. Enumerable.Range(0, 5_000).Select(i => $"{text} number{i}")], new PreparationOptions());
        finder.Roots.ToArray().ShouldAllBe(root => root == 0);
    }

    [Fact]
    public void Group_MoreRecordsThanLookedAt_KnowsEqualTextsOnly()
    {
        using var finder = Group([.. Enumerable.Repeat("the very same text", 20)], new PreparationOptions { NearRecords = 10 });
        finder.FindsNear.ShouldBeFalse();
        finder.Firsts.ToArray().ShouldAllBe(first => first == 0);
        finder.Roots.ToArray().ShouldAllBe(first => first == 0);
    }

    [Property(MaxTest = 100)]
    public void Apply_AnyRecords_AsNaively((byte Text, byte Label)[] records, bool isConflictDropped, byte rule)
    {
        var texts = records.Select(record => Variant(record.Text)).ToArray();
        var labels = records.Select(record => record.Label % 3).ToArray();
        var preparation = new PreparationOptions
        {
            Duplicates = (DuplicateRule)(rule % 3),
            Conflicts = isConflictDropped ? ConflictRule.Drop : ConflictRule.Keep,
            NearRecords = 0,
        };
        using var rows = Rows(texts, labels);
        using var finder = Group(texts, preparation);
        finder.Apply(rows);
        var words = texts.Select(text => string.Join(' ', NaiveShingles.Words(text))).ToArray();
        for (var i = 0; i < texts.Length; i++)
        {
            var isConflict = isConflictDropped && Enumerable.Range(0, texts.Length).Any(other => words[other] == words[i] && labels[other] != labels[i]);
            var isRepeated = Enumerable.Range(0, i).Any(before => preparation.Duplicates switch
            {
                DuplicateRule.Exact => texts[before] == texts[i],
                DuplicateRule.Normalised => words[before] == words[i],
                _ => false,
            });
            rows.Fates[i].ShouldBe(isConflict ? RowFate.Conflict : isRepeated ? RowFate.Duplicate : RowFate.Kept);
        }
    }

    [Property(MaxTest = 100)]
    public void Make_AnyRecords_CountsAsNaively((byte Text, byte Label, byte Split, bool IsKept)[] records)
    {
        var texts = records.Select(record => Variant(record.Text)).ToArray();
        var labels = records.Select(record => record.Label % 3).ToArray();
        using var rows = Rows(texts, labels);
        for (var i = 0; i < texts.Length; i++)
            (rows.Splits[i], rows.Fates[i]) = ((Split)(records[i].Split % 3), records[i].IsKept ? RowFate.Kept : RowFate.Balanced);
        using var finder = Group(texts, new PreparationOptions { NearRecords = 0 });
        var findings = new DuplicateSummary(finder, rows).Make();
        var words = texts.Select(text => string.Join(' ', NaiveShingles.Words(text))).ToArray();
        var all = Enumerable.Range(0, texts.Length).ToArray();
        findings.Exact.ShouldBe(texts.Length - texts.Distinct().Count());
        findings.Normalised.ShouldBe(texts.Length - words.Distinct().Count());
        findings.Near.ShouldBeNull();
        var conflicts = all.GroupBy(i => words[i]).Where(group => group.Select(i => labels[i]).Distinct().Count() > 1).ToArray();
        (findings.ConflictingTexts, findings.ConflictingRows).ShouldBe((conflicts.Length, conflicts.Sum(group => group.Count())));
        findings.AcrossSplits.ShouldBe(all.Count(i => records[i].IsKept && rows.Splits[i] != Split.Train
            && all.Any(other => records[other].IsKept && rows.Splits[other] == Split.Train && words[other] == words[i])));
        var largest = all.GroupBy(i => words[i]).Where(group => group.Count() > 1).OrderByDescending(group => group.Count()).ThenBy(group => group.First()).Take(10).ToArray();
        findings.Groups.Select(group => (group.Rows, group.Examples[0])).ShouldBe(largest.Select(group => (group.Count(), group.First())));
        var profile = findings.ToProfile(["a", "b", "c"], record => new TextExample(0, record + 1, "", texts[record]));
        profile.Groups.Select(group => group.Labels.Sum(label => label.Count)).ShouldBe(largest.Select(group => (long)group.Count()));
        profile.Groups.ShouldAllBe(group => group.Examples.Count == Math.Min(5, group.Rows));
    }

    private DuplicateFinder Group(IReadOnlyList<string> texts, PreparationOptions preparation, int threads = 2)
    {
        var finder = new DuplicateFinder(preparation, SplitTogether.Exact, _folder.Path);
        using var rows = Rows(texts, new int[texts.Count]);
        foreach (var chunk in Enumerable.Range(0, texts.Count).Chunk(256))
        {
            var batch = finder.NewBatch(chunk.Length);
            for (var i = 0; i < chunk.Length; i++)
                batch.Set(i, Encoding.UTF8.GetBytes(texts[chunk[i]]), rows.Texts[chunk[i]]);
            for (var i = 0; i < chunk.Length; i++)
                finder.Add(batch, i);
        }
        finder.Group(threads, TestContext.Current.CancellationToken);
        return finder;
    }

    private static RowFacts Rows(IReadOnlyList<string> texts, int[] labels)
    {
        var rows = new RowFacts();
        for (var i = 0; i < texts.Count; i++)
        {
            var digest = default(TextDigest);
            SHA256.HashData(Encoding.UTF8.GetBytes(texts[i]), MemoryMarshal.AsBytes(new Span<TextDigest>(ref digest)));
            rows.Texts.Add(digest);
            rows.Labels.Add(labels[i]);
            rows.Splits.Add(Split.Train);
            rows.Fates.Add(RowFate.Kept);
        }
        return rows;
    }

    /// <summary>One of a few texts in one of a few ways of writing it.</summary>
    private static string Variant(byte number)
    {
        var text = $"text {(number % 16) / 3} of few";
        return (number / 16 % 3) switch { 0 => text, 1 => text.ToUpperInvariant() + "!", _ => $"({text})" };
    }
}
