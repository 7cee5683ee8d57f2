using Plumbline.Inference.Feedback;
using Plumbline.Statistics;
using Plumbline.Storage;

namespace Plumbline.Pipelines.Retraining;

/// <summary>How right a version's answers were, by the labels that were joined to them. Thread-safe.</summary>
/// <exception cref="MetadataException">The store does not answer.</exception>
public sealed class FeedbackScores(IMetadataStore store)
{
    /// <param name="version">As in answers.</param>
    /// <param name="since">Of labels that were joined from then on.</param>
    /// <returns>Null where there are none.</returns>
    public async Task<LiveScores?> ReadAsync(string version, DateTimeOffset since, CancellationToken cancellation = default)
    {
        var cells = await new FeedbackLabels(store).ConfusionAsync(version, since, cancellation).ConfigureAwait(false);
        if (cells.Count == 0)
            return null;
        string[] labels = [.. cells.SelectMany(cell => new[] { cell.Truth, cell.Predicted }).Distinct(StringComparer.Ordinal)];
        var counts = new LabelCounts(labels.Length);
        foreach (var (truth, predicted, rows) in cells)
            counts.Add(Array.IndexOf(labels, truth), Array.IndexOf(labels, predicted), (int)Math.Min(rows, int.MaxValue));
        return new LiveScores(version, counts.Rows, counts.MacroF1);
    }
}
