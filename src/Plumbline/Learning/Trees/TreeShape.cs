namespace Plumbline.Learning.Trees;

/// <summary>What a model of kind <c>trees</c> is made of.</summary>
/// <param name="Selected">N-grams that it looks at.</param>
/// <param name="Rank">Components that these become; 0 where each is an input itself.</param>
/// <param name="Others">Columns of a row after its n-grams, without the intercept's constant: further inputs.</param>
/// <param name="Link">How sums over trees become scores.</param>
/// <param name="Means">Of each component over the training rows, from which explanations measure; null is 0.</param>
public sealed record TreeShape(int Selected, int Rank, int Others, TreeLink Link, IReadOnlyList<float>? Means = null);

/// <summary>How the sums over trees become scores.</summary>
public enum TreeLink
{
    /// <summary>The sum is the score: boosting.</summary>
    Sum,

    /// <summary>The mean over rounds is the class's share, its logarithm the score: a forest.</summary>
    Share,
}
