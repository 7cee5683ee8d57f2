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

    /// <summary>It is none of the categories that training made features; nothing stands for it.</summary>
    UnknownCategory,
}

/// <summary>The contract checks that every batch and every request goes through.</summary>
public static class ContractCheck
{
    /// <summary>Standard deviations from the training mean up to which a value is in range.</summary>
    public const double Sigmas = 3;

    /// <param name="value">NaN is missing; an infinity stands for what is no number.</param>
    public static ContractFault Judge(NumericFeature feature, float value) =>
        float.IsNaN(value) ? ContractFault.Missing
        : float.IsInfinity(value) ? ContractFault.Type
        : Math.Abs(value - feature.Mean) > Sigmas * feature.StandardDeviation ? ContractFault.OutOfRange
        : ContractFault.None;

    /// <param name="category">Its number in its column, or one of <see cref="Category"/>.</param>
    public static ContractFault Judge(int category) => category switch
    {
        >= 0 => ContractFault.None,
        Category.Missing => ContractFault.Missing,
        Category.Unknown => ContractFault.UnknownCategory,
        _ => ContractFault.Type,
    };
}
