namespace Plumbline.Features;

/// <summary>How a value that comes beside a text keeps less than the contract promises.</summary>
public enum ContractFault
{
    None,

    /// <summary>There is none; the training mean stands for it.</summary>
    Missing,

    /// <summary>It is no number; the training mean stands for it.</summary>
    Type,

    /// <summary>It is further from the training mean than training ever made likely; used as it is.</summary>
    OutOfRange,
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
}
