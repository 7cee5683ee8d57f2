using Plumbline.Monitoring;
using Plumbline.Pipelines.Runs;

namespace Plumbline.Pipelines.Retraining;

/// <summary>Something that may ask for a retraining.</summary>
/// <param name="Action">What it asks for; only <see cref="DriftAction.Retrain"/> and <see cref="DriftAction.Approve"/> ask for anything.</param>
/// <param name="Why">With values.</param>
internal sealed record RetrainingSignal(TriggerKind Kind, DriftAction Action, IReadOnlyList<string> Why)
{
    public bool Asks => Action >= DriftAction.Retrain;
}
