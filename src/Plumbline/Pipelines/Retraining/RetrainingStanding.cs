namespace Plumbline.Pipelines.Retraining;

/// <summary>How the retraining of a model stands, for those who watch it.</summary>
/// <param name="Ended">Cycles that ended, by how.</param>
/// <param name="Open">The one that is open; null if none is.</param>
/// <param name="Last">The last to end of those that had a run; null if there was none.</param>
public sealed record RetrainingStanding(IReadOnlyDictionary<CycleState, long> Ended, RetrainingCycle? Open, RetrainingCycle? Last);
