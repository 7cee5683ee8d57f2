namespace Plumbline.Pipelines.Runs;

/// <summary>How a pipeline stands, for those who watch it.</summary>
/// <param name="HasFailed">Whether the last run that ended failed; one that was cancelled does not count, nor one that was resumed.</param>
/// <param name="Waiting">
/// For how long the first has waited of what nobody is there for: a task whose queue no live worker takes, or an occurrence of a schedule that nobody has begun. Zero where there is none.
/// </param>
public sealed record PipelineStanding(string Pipeline, bool HasFailed, TimeSpan Waiting);
