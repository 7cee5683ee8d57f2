namespace Plumbline.Registry.Gates;

/// <summary>A version and the champion on the same rows, on which neither was trained, as measured when the version was: it says more than what is stored of rows that each has alone.</summary>
/// <param name="Champion">Such as <c>reviews/3</c>; against another one it says nothing.</param>
/// <param name="Difference">Of macro-F1, the version's less the champion's, with its 95 % interval.</param>
public sealed record ChampionComparison(string Champion, double Difference, double Low, double High, long Rows);
