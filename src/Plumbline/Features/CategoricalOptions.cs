namespace Plumbline.Features;

/// <summary>The categorical block of the contract: which columns it takes, which of their values become features, and how these enter the model.</summary>
/// <param name="Inputs">Categorical columns of the data that clients send at prediction.</param>
/// <param name="MinRows">Values in fewer training rows than this are no categories; at least 1.</param>
/// <param name="MaxCategories">Most categories of a column, those in the most training rows; 1 to 1,000.</param>
/// <param name="Weight">Value of a category's feature beside the text block, whose length is 1; more than 0.</param>
public sealed record CategoricalOptions(IReadOnlyList<string>? Inputs = null, int MinRows = 10, int MaxCategories = 100, double Weight = 0.2)
{
    public IReadOnlyList<string> Inputs { get; init; } = Inputs ?? [];

    /// <exception cref="ArgumentException">A value is out of its range; the message names it.</exception>
    public void Validate()
    {
        if (MinRows < 1)
            throw new ArgumentException($"features.categorical.min_rows: {MinRows} is below 1.");
        if (MaxCategories is < 1 or > 1000)
            throw new ArgumentException($"features.categorical.max_categories: {MaxCategories} is not within 1 to 1000.");
        if (!(Weight > 0))
            throw new ArgumentException($"features.categorical.weight: {Weight} must be more than 0.");
    }
}
