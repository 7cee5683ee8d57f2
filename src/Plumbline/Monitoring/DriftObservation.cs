namespace Plumbline.Monitoring;

/// <summary>A request and its answer, as a sketch counts them; nothing of it is kept but what docs/specs/drift.md says.</summary>
internal readonly ref struct DriftObservation
{
    /// <summary>Uniform over 64 bits, and no other request's: it says whether the request is sampled.</summary>
    public required ulong Key { get; init; }

    /// <summary>UTF-8.</summary>
    public required ReadOnlySpan<byte> Text { get; init; }

    /// <summary>In contract order; NaN where missing.</summary>
    public ReadOnlySpan<float> Numeric { get; init; }

    /// <summary>Number of the category or one of <see cref="Features.Category"/>, in contract order; empty: all missing.</summary>
    public ReadOnlySpan<int> Categories { get; init; }

    public required ReadOnlySpan<float> Probabilities { get; init; }

    /// <summary>Index of the label answered.</summary>
    public required int Label { get; init; }

    /// <summary>n-grams of the text.</summary>
    public int Ngrams { get; init; }

    /// <summary>Those of them that the contract knows.</summary>
    public int KnownNgrams { get; init; }
}
