using Plumbline.Pipelines.Runs;

namespace Plumbline.Pipelines.Workers;

/// <summary>What a worker tells of an attempt while it runs and when it ends.</summary>
/// <param name="Task">Such as <c>tune[2]</c>.</param>
/// <param name="State">How the attempt stands.</param>
/// <param name="Share">0 to 1.</param>
/// <param name="Elapsed">Since the attempt began.</param>
public sealed record TaskProgress(string Run, string Pipeline, string Node, string Task, AttemptState State, double Share, string Message, TimeSpan Elapsed);
