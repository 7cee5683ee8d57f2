namespace Plumbline.Text;

/// <summary>Which n-grams are counted; 0 for both ends of a range means none of that kind.</summary>
/// <param name="WordMin">Shortest word n-gram, 1 to 3.</param>
/// <param name="WordMax">Longest word n-gram, 1 to 3.</param>
/// <param name="Adapt">Whether training may add character n-grams 3–5 where both texts and data are short, and a contest word n-grams up to 3 where they do better on valid.</param>
/// <param name="CharacterMin">Shortest character n-gram inside words (with a space at each end), 1 to 8.</param>
/// <param name="CharacterMax">Longest character n-gram inside words, 1 to 8.</param>
public sealed record NgramOptions(int WordMin = 1, int WordMax = 2, int CharacterMin = 0, int CharacterMax = 0, bool Adapt = false)
{
    internal const int LongestWords = 3;

    /// <summary>Texts shorter than this on average say more by parts of words than words alone can learn.</summary>
    private const int FewCharacters = 120;

    /// <summary>With more training text than this, words are seen often enough, and characters would cost more than they bring.</summary>
    private const long MuchText = 10_000_000;

    public bool HasWords => WordMax > 0;

    public bool HasCharacters => CharacterMax > 0;

    /// <summary>These n-grams, or with characters 3–5 where adapting is allowed and asked for by the training texts.</summary>
    /// <param name="characters">UTF-16 code units in all training texts.</param>
    public NgramOptions ForTexts(long texts, long characters) => !Adapt || HasCharacters
        ? this
        : characters < FewCharacters * texts && characters < MuchText ? this with { CharacterMin = 3, CharacterMax = 5 } : this;

    /// <exception cref="ArgumentException">A range is empty, reversed or too long; the message names it.</exception>
    public void Validate()
    {
        if (!HasWords && !HasCharacters)
            throw new ArgumentException("ngrams: neither word nor character n-grams are asked for; set word: [1, 2] or characters: [3, 5].");
        if (HasWords && (WordMin < 1 || WordMin > WordMax || WordMax > LongestWords))
            throw new ArgumentException($"ngrams.word: [{WordMin}, {WordMax}] is not a range within 1 to {LongestWords}.");
        if (HasCharacters && (CharacterMin < 1 || CharacterMin > CharacterMax || CharacterMax > 8))
            throw new ArgumentException($"ngrams.characters: [{CharacterMin}, {CharacterMax}] is not a range within 1 to 8.");
    }
}
