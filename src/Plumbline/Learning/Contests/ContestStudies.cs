using Plumbline.Tuning;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Contests;

/// <summary>Where the studies of a contest are kept, and the right to run them.</summary>
/// <param name="Name">What their names begin with: the same for the same data, features and seed, so that a contest goes on where it was broken off.</param>
/// <param name="Lease">Fencing token under which trials run.</param>
/// <param name="Earlier">For a family, parameters that were best in earlier studies, the newest first.</param>
internal sealed record ContestStudies(IStudyStorage Storage, string Name, long Lease, TimeProvider Time, Func<string, IReadOnlyList<TrialParameters>> Earlier)
{
    /// <summary>Ends the search with what was found so far.</summary>
    public CancellationToken Enough { get; init; }

    /// <summary>Studies that end with the process.</summary>
    public static ContestStudies InMemory(TimeProvider time) => new(new MemoryStudyStorage(), "contest", 0, time, _ => []);

    public string NameOf(string family) => $"{Name}/{family}";
}
