using Plumbline.Inference.Logging;

namespace Plumbline.Monitoring;

/// <summary>Where logged predictions are read. Immutable.</summary>
/// <param name="Folder">Of the prediction logs of this host.</param>
/// <param name="Shared">Where those of other hosts are; null: nowhere.</param>
public sealed record LoggedSource(string Folder, SharedPredictions? Shared = null);
