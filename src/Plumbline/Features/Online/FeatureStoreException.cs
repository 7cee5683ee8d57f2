namespace Plumbline.Features.Online;

/// <summary>Why a feature store could not do what it was asked.</summary>
public enum FeatureStoreError
{
    /// <summary>It cannot be reached, or did not answer in time. The same may succeed later.</summary>
    Unavailable,

    /// <summary>What it holds is not what was written.</summary>
    Damaged,

    /// <summary>Another process has it open.</summary>
    InUse,

    /// <summary>It holds entities where it must hold none.</summary>
    NotEmpty,

    /// <summary>A count or sum of an entity cannot take another event.</summary>
    Overflow,
}

/// <summary>A feature store could not do what it was asked; the message says what to do.</summary>
public sealed class FeatureStoreException(FeatureStoreError error, string message, Exception? inner = null) : Exception(message, inner)
{
    public FeatureStoreError Error { get; } = error;
}
