using FsCheck.Xunit;
using Plumbline.Text;

namespace Plumbline.Tests.Text;

public sealed class NgramHasherTests
{
    private static readonly NgramOptions[] Choices =
    [
        new(1, 1), new(1, 2), new(1, 3), new(2, 2), new(2, 3), new(3, 3), new(0, 0, 3, 5), new(0, 0, 1, 1), new(0, 0, 8, 8), new(1, 2, 3, 5), new(1, 3, 2, 4),
    ];

    [Property(MaxTest = 300, Arbitrary = [typeof(MixedTexts)])]
    public void Name_EveryIndex_SameAsNaiveNgrams(MixedText text)
    {
        foreach (var options in Choices)
        {
            var hasher = new NgramHasher(new TokenOptions(), options);
            var buffer = new NgramBuffer();
            hasher.Hash(text.Utf8, buffer);
            var expected = NaiveText.Ngrams(NaiveText.Tokens(text.Utf8), options);
            Enumerable.Range(0, buffer.Count).Select(index => hasher.Name(buffer, index)).ShouldBe(expected, options.ToString());
        }
    }

    [Property(MaxTest = 300, Arbitrary = [typeof(MixedTexts)])]
    public void Hash_TwoTexts_EqualHashesExactlyWhereNamesAreEqual(MixedText first, MixedText second)
    {
        var options = new NgramOptions(1, 3, 3, 5);
        var hasher = new NgramHasher(new TokenOptions(), options);
        var names = new Dictionary<ulong, string>();
        var hashes = new Dictionary<string, ulong>();
        var buffer = new NgramBuffer();
        foreach (var text in new[] { first, second, first })
        {
            hasher.Hash(text.Utf8, buffer);
            var expected = NaiveText.Ngrams(NaiveText.Tokens(text.Utf8), options);
            buffer.Count.ShouldBe(expected.Count);
            for (var i = 0; i < buffer.Count; i++)
            {
                names.TryAdd(buffer.Hashes[i], expected[i]);
                hashes.TryAdd(expected[i], buffer.Hashes[i]);
                names[buffer.Hashes[i]].ShouldBe(expected[i]);
                hashes[expected[i]].ShouldBe(buffer.Hashes[i]);
            }
        }
    }

    [Fact]
    public void Hash_TokenOf70000Characters_AllItsNgrams()
    {
        var buffer = new NgramBuffer();
        var hasher = new NgramHasher(new TokenOptions(), new NgramOptions(1, 1, 3, 5));
        hasher.Hash(Enumerable.Repeat((byte)'x', 70_000).ToArray(), buffer);
        buffer.Count.ShouldBe(1 + 70_000 + 69_999 + 69_998);
    }

    [Fact]
    public void Name_IndexPastTheEnd_Refused()
    {
        var buffer = new NgramBuffer();
        var hasher = new NgramHasher(new TokenOptions(), new NgramOptions(1, 2, 3, 4));
        hasher.Hash("two words"u8, buffer);
        Should.Throw<ArgumentOutOfRangeException>(() => hasher.Name(buffer, buffer.Count));
    }
}
