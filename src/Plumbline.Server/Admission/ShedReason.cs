namespace Plumbline.Server.Admission;

/// <summary>Why a request is not computed.</summary>
internal enum ShedReason
{
    /// <summary>It would be answered too late, or wait for too long.</summary>
    Wait,

    /// <summary>Too much waits before it.</summary>
    Full,

    /// <summary>It waited for longer than was foretold, and would be answered too late.</summary>
    Expired,

    /// <summary>Its caller is gone.</summary>
    Gone,
}

/// <summary>Says no to a request that would have had to wait.</summary>
/// <param name="RetryAfter">Until what waits now is done.</param>
internal readonly record struct Refusal(ShedReason Reason, TimeSpan RetryAfter);
