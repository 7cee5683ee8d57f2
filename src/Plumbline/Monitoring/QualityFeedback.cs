using System.Data.Common;
using Plumbline.Inference.Feedback;

namespace Plumbline.Monitoring;

/// <summary>Makes quality of labels as they are joined with their predictions: docs/specs/quality.md. Thread-safe.</summary>
public sealed class QualityFeedback(TimeProvider time)
{
    /// <summary>Counts labels once, in the transaction that joins them; does nothing outside the connection.</summary>
    public void Add(DbConnection connection, IReadOnlyList<SettledFeedback> settled)
    {
        var now = time.GetUtcNow();
        QualityWindows.Add(connection, settled, now);
        ConceptDrift.Add(connection, settled, now);
    }
}
