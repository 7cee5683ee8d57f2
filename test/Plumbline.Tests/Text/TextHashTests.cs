using System.Text;
using FsCheck.Xunit;
using Plumbline.Text;

namespace Plumbline.Tests.Text;

public sealed class TextHashTests
{
    [Fact]
    public void Bytes_MillionShortStrings_NoCollision()
    {
        var seen = new HashSet<ulong>();
        Span<byte> text = stackalloc byte[32];
        for (var i = 0; i < 1_000_000; i++)
        {
            text.Clear();
            // Numbers, alone or with a tail that makes the length vary.
            i.TryFormat(text, out var length, default, System.Globalization.CultureInfo.InvariantCulture);
            if (i % 3 == 0)
                text.Slice(length, i % 13).Fill((byte)'x');
            seen.Add(TextHash.Bytes(ref text[0], length + (i % 3 == 0 ? i % 13 : 0))).ShouldBeTrue($"{i}");
        }
    }

    [Property]
    public void Bytes_AnyAlignmentAndSurroundings_SameHash(byte[] text, byte noise)
    {
        if (text.Length == 0)
            return;
        var hashes = Enumerable.Range(0, 16).Select(offset =>
        {
            var memory = new byte[offset + text.Length + 8];
            Array.Fill(memory, (byte)(noise + offset));
            text.CopyTo(memory, offset);
            return TextHash.Bytes(ref memory[offset], text.Length);
        });
        hashes.Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public void Bytes_ZerosOfEachLength_DifferentHashes()
    {
        var zeros = new byte[100];
        Enumerable.Range(1, 90).Select(length => TextHash.Bytes(ref zeros[0], length)).Distinct().Count().ShouldBe(90);
    }

    [Fact]
    public void Append_OrderAndKind_ChangeTheHash()
    {
        var (a, b) = (Hash("good"), Hash("bad"));
        new[] { a, b, TextHash.Append(a, b), TextHash.Append(b, a), TextHash.Character(a), Hash("good bad") }.Distinct().Count().ShouldBe(6);
    }

    /// <summary>Bundles store hashes: a change of these needs a new format.</summary>
    [Theory]
    [InlineData("a", 8710947460883356504UL)]
    [InlineData("tokeniser", 13765942282848935912UL)]
    public void Bytes_KnownText_HashOfTheFormat(string text, ulong hash) => Hash(text).ShouldBe(hash);

    private static ulong Hash(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text + "        ");
        return TextHash.Bytes(ref bytes[0], bytes.Length - 8);
    }
}
