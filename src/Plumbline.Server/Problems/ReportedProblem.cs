namespace Plumbline.Server.Problems;

/// <summary>What a request ended in where the status of its answer does not say so, as over gRPC and in streams; a feature of the request, so that it is counted and logged as others are.</summary>
/// <param name="Failure">For the log.</param>
internal sealed record ReportedProblem(Problem Problem, Exception? Failure = null);
