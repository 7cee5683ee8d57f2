namespace Plumbline.Client;

/// <summary>A record to be predicted: its text, and what the model's feature contract asks for besides. Immutable.</summary>
/// <param name="Text">May be empty; by default a server takes up to 20,000 characters.</param>
public sealed record PredictionRow(string Text)
{
    /// <summary>Numeric features by name; null and what is no finite number are missing.</summary>
    public IReadOnlyDictionary<string, double?>? Numeric { get; init; }

    /// <summary>Categorical features by name; null is missing.</summary>
    public IReadOnlyDictionary<string, string?>? Categorical { get; init; }

    /// <summary>Key of who wrote it.</summary>
    public string? User { get; init; }

    /// <summary>Key of what it is about.</summary>
    public string? Item { get; init; }

    /// <summary>As of when users and items are looked up; now if null.</summary>
    public DateTimeOffset? Time { get; init; }
}
