using Plumbline.Text;

namespace Plumbline.Tests.Text;

public sealed class NgramOptionsTests
{
    [Theory]
    [InlineData(true, 1_000, 119_999, 3, 5)]
    [InlineData(true, 1_000, 120_000, 0, 0)]
    [InlineData(true, 100_000, 9_999_999, 3, 5)]
    [InlineData(true, 100_000, 10_000_000, 0, 0)]
    [InlineData(false, 1_000, 10_000, 0, 0)]
    public void ForTexts_OnlyFewAndShortOnes_AddsCharacters(bool adapt, long texts, long characters, int min, int max)
    {
        var ngrams = new NgramOptions(Adapt: adapt).ForTexts(texts, characters);
        (ngrams.WordMin, ngrams.WordMax, ngrams.CharacterMin, ngrams.CharacterMax).ShouldBe((1, 2, min, max));
    }

    [Fact]
    public void ForTexts_CharactersNamed_StayAsTheyAre() =>
        new NgramOptions(CharacterMin: 2, CharacterMax: 4, Adapt: true).ForTexts(10, 100).CharacterMax.ShouldBe(4);
}
