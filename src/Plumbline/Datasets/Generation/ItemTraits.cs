using Plumbline.Statistics;

namespace Plumbline.Datasets.Generation;

/// <summary>What all reviews of one item have in common: its quality, what kind of thing it is, the names in it.</summary>
/// <param name="Category">Index into <see cref="Lexicon.Categories"/>.</param>
/// <param name="FirstName">Rank of an <see cref="InventedWords"/> word.</param>
/// <param name="SecondName">Rank of another.</param>
internal readonly record struct ItemTraits(double Quality, int Category, long FirstName, long SecondName)
{
    public static ItemTraits Of(ulong seed, long item, ZipfMandelbrot names)
    {
        var random = RandomSource.Fork(seed ^ 0x6974656d_6974656d, (ulong)item);
        return new ItemTraits(
            random.NextGaussian(),
            random.NextInt32(Lexicon.Categories.Length),
            names.Next(random),
            names.Next(random));
    }
}
