using System.Globalization;
using Plumbline.Datasets;
using Plumbline.Learning;
using Plumbline.Pipelines.Graphs;

namespace Plumbline.Pipelines.Training;

/// <summary>Tells who watches a node how far its work is.</summary>
internal sealed class NodeProgress(NodeContext context) : IProgress<IngestProgress>, IProgress<TrainingProgress>
{
    private string? _stage;

    /// <summary>Once a stage: rows come too fast for a log.</summary>
    public void Report(IngestProgress value)
    {
        if (Interlocked.Exchange(ref _stage, value.Stage) != value.Stage)
            context.Report(value.Total == 0 ? 0 : (double)value.Done / value.Total, string.Create(CultureInfo.InvariantCulture, $"{value.Stage}: {value.Rows:n0} rows"));
    }

    public void Report(TrainingProgress value) => context.Report(value.Total == 0 ? 0 : (double)value.Done / value.Total, $"{value.Stage}: {value.Message}");
}
