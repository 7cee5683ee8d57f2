using Plumbline.Tuning.Spaces;

namespace Plumbline.Tuning;

/// <summary>Keeps studies and their trials.</summary>
/// <remarks>
/// <para><b>Threads and processes.</b> Every member may be called from any thread; where the storage is shared, from any process.</para>
/// <para><b>Durability.</b> A change is durable, as far as the storage is at all, when its task completes.</para>
/// <para><b>Leases.</b> A trial runs under the fencing token of its worker's lease, which the storage can tell from one that is over. Changes of a running trial
/// under another token than the trial's own throw <see cref="LeaseLostException"/> and change nothing.</para>
/// </remarks>
internal interface IStudyStorage
{
    /// <summary>Makes the study, or finds the one of its name; its id.</summary>
    /// <exception cref="TuningException">The one of its name has another definition.</exception>
    Task<long> OpenStudyAsync(StudyDefinition definition, CancellationToken cancellation = default);

    /// <summary>All trials, by number, without gaps.</summary>
    Task<IReadOnlyList<Trial>> LoadTrialsAsync(long study, CancellationToken cancellation = default);

    /// <summary>Adds a trial in any state, if its number is the next one; one that waits or runs only under a <paramref name="lease"/> that is not over.</summary>
    /// <returns>False if the number is taken.</returns>
    /// <exception cref="LeaseLostException">The lease is over.</exception>
    Task<bool> TryCreateTrialAsync(long study, Trial trial, long lease, CancellationToken cancellation = default);

    /// <summary>Takes a trial that waits, or runs under a lease that is over: it runs under <paramref name="lease"/>, with these parameters and without reports.</summary>
    /// <returns>False if it is finished, or runs under another lease.</returns>
    Task<bool> TryClaimTrialAsync(long study, int number, TrialParameters parameters, DateTimeOffset started, long lease, CancellationToken cancellation = default);

    /// <summary>Adds an intermediate value to a running trial.</summary>
    Task ReportAsync(long study, int number, IntermediateValue value, long lease, CancellationToken cancellation = default);

    /// <summary>Ends a running trial: state, values, reason, copy and end are those of <paramref name="trial"/>. Waiting gives it back, without reports.</summary>
    Task EndTrialAsync(long study, Trial trial, long lease, CancellationToken cancellation = default);
}
