using Plumbline.Datasets.Profiling;

namespace Plumbline.Datasets;

/// <summary>What the source is like, whether or not a snapshot is made of it.</summary>
internal sealed partial class Ingestion
{
    /// <summary>Does all but write: nothing is published.</summary>
    public DataProfile Profile(IProgress<IngestProgress>? progress, CancellationToken stop)
    {
        ReadSource(progress, stop);
        return LookAtTexts(Decide(stop), stop);
    }

    /// <summary>The second pass where nothing is written.</summary>
    private DataProfile LookAtTexts(int[] order, CancellationToken stop)
    {
        for (var i = 0; i < _rows.Count; i++)
        {
            LookAt(i, _spool.Read(_rows.Bytes[i]));
            if (i % ProgressRows == 0)
                stop.ThrowIfCancellationRequested();
        }
        return BuildProfile(order);
    }

    private DataProfile BuildProfile(int[] order) =>
        _profiler.Build(_labels.Labels, order, _findings!.ToProfile(_labels.Labels, record => _profiler.Excerpts.Of(record, _rows, _labels.Labels)));
}
