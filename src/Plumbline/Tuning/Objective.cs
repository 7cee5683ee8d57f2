namespace Plumbline.Tuning;

/// <summary>Evaluates a trial: one finite value for each objective.</summary>
internal delegate Task<IReadOnlyList<double>> Objective(RunningTrial trial, CancellationToken cancellation);
