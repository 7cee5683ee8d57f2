namespace Plumbline.Datasets.Generation;

/// <summary>Everything about one row but its words.</summary>
/// <param name="Rating">1 to 5.</param>
/// <param name="Mood">Mean grade of the opinions in the text, about -2 to 2: the rating, noisily.</param>
/// <param name="Words">How many words the text should have.</param>
/// <param name="Novelty">Share of new words (vocabulary drift) at this time.</param>
/// <param name="Reversal">Share of reversed two-faced words (meaning drift) at this time.</param>
internal readonly record struct ReviewPlan(
    long Row, int Rating, double Mood, int Words, long User, UserTraits UserTraits, long Item, ItemTraits ItemTraits,
    DateTime Time, double Novelty, double Reversal);
