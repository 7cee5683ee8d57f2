using Plumbline.Storage;

namespace Plumbline.Server.Problems;

/// <summary>Ends a request with <see cref="Problem"/>.</summary>
/// <param name="reason">For the log, where the client is not told all.</param>
internal sealed class ProblemException(Problem problem, string? reason = null) : Exception(problem.Detail)
{
    public Problem Problem { get; } = problem;

    public string? Reason { get; } = reason;

    /// <summary>What the metadata store refuses. Where the store itself fails, the log gets the reason: it names what a client has no business with, such as paths.</summary>
    public static ProblemException OfStore(Problem problem, MetadataException exception) => new(problem, problem.Status >= StatusCodes.Status500InternalServerError ? exception.Message : null);
}
