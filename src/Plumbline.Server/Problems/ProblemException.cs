namespace Plumbline.Server.Problems;

/// <summary>Ends a request with <see cref="Problem"/>.</summary>
internal sealed class ProblemException(Problem problem) : Exception(problem.Detail)
{
    public Problem Problem { get; } = problem;
}
