namespace Plumbline.Datasets.Generation;

/// <summary>A kind of item: what people call it, what they judge about it, and whether it tells a story.</summary>
internal sealed record Category(WordList Nouns, WordList Aspects, WordList Topics, bool TellsStory);
