using Plumbline.Features.Online;

namespace Plumbline.Features;

/// <summary>How a value that comes beside a text keeps less than the contract promises.</summary>
public enum ContractFault
{
    None,

    /// <summary>There is none; the training mean stands for a number, nothing for a category.</summary>
    Missing,

    /// <summary>It is no number, or can be no category; as if there were none.</summary>
    Type,

    /// <summary>It is further from the training mean than training ever made likely; used as it is.</summary>
    OutOfRange,

    /// <summary>It was sent although it is computed or known here, and the two are not the same; what is known here is used.</summary>
    Differs,

    /// <summary>An aggregate of a user or item that the feature store does not know; its default or the training mean stands for it.</summary>
    UnknownEntity,

    /// <summary>An aggregate while the feature store cannot be asked; its default or the training mean stands for it.</summary>
    StoreUnavailable,

    /// <summary>It is none of the categories that training made features; nothing stands for it.</summary>
    UnknownCategory,
}

/// <summary>The contract checks that every batch and every request goes through.</summary>
public static class ContractCheck
{
    /// <summary>Standard deviations from the training mean up to which a value is in range.</summary>
    public const double Sigmas = 3;

    private const double Tolerance = 1e-4;

    /// <param name="value">NaN is missing; an infinity stands for what is no number.</param>
    public static ContractFault Judge(NumericFeature feature, float value) =>
        float.IsNaN(value) ? ContractFault.Missing
        : float.IsInfinity(value) ? ContractFault.Type
        : Math.Abs(value - feature.Mean) > Sigmas * feature.StandardDeviation ? ContractFault.OutOfRange
        : ContractFault.None;

    /// <summary>Judges a value of an aggregate by what is known of its entity.</summary>
    public static ContractFault Judge(NumericFeature feature, EntityOutcome outcome, float value) => outcome switch
    {
        EntityOutcome.Unknown => ContractFault.UnknownEntity,
        EntityOutcome.Unavailable => ContractFault.StoreUnavailable,
        _ => Judge(feature, value),
    };

    /// <param name="category">Its number in its column, or one of <see cref="Category"/>.</param>
    public static ContractFault Judge(int category) => category switch
    {
        >= 0 => ContractFault.None,
        Category.Missing => ContractFault.Missing,
        Category.Unknown => ContractFault.UnknownCategory,
        _ => ContractFault.Type,
    };

    /// <summary>Whether a value that was sent is another than the one known here; one of them is rounded.</summary>
    /// <param name="sent">A number; an infinity stands for what is no number.</param>
    public static ContractFault Compare(float sent, float known) =>
        float.IsInfinity(sent) ? ContractFault.Type
        : Math.Abs(sent - known) > Tolerance * Math.Max(1, Math.Abs(known)) ? ContractFault.Differs
        : ContractFault.None;
}
