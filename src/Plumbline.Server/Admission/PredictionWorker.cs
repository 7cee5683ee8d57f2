using System.Runtime.InteropServices;
using Plumbline.Inference.Batching;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Admission;

/// <summary>Computes what waits, on a thread of its own, so that what takes long never keeps the threads that answer everything else. Not thread-safe.</summary>
/// <param name="number">Below <see cref="AdmissionOptions.Concurrency"/>.</param>
internal sealed class PredictionWorker(int number, AdmissionQueue queue, AdmissionMetrics metrics, RequestIds ids, TimeProvider time)
{
    private readonly List<QueuedPrediction> _batch = [];
    private readonly List<ReadOnlyMemory<byte>> _texts = [];
    private float[] _probabilities = [];
    private int[] _chosen = [];

    /// <summary>Computes what is next.</summary>
    /// <returns>False if nothing waits.</returns>
    public bool TryWork()
    {
        if (!queue.TryTake(number, _batch))
            return false;
        try
        {
            foreach (var entry in _batch)
            {
                entry.Taken = time.GetTimestamp();
                metrics.Waited(time.GetElapsedTime(entry.Since));
            }
            if (_batch[0].Most == 1)
                ComputeAlone(_batch[0]);
            else
                ComputeTogether();
        }
        finally
        {
            queue.Done(number);
            _batch.Clear();
        }
        return true;
    }

    private void ComputeAlone(QueuedPrediction entry)
    {
        var began = time.GetTimestamp();
        try
        {
            entry.Call.Compute(entry.Generation.Model, ids, entry.Generation.Number, entry.Deadline);
        }
        catch (Exception exception)
        {
            entry.Service.ObserveAtLeast(entry.Texts, time.GetElapsedTime(began));
            entry.Fail(exception);
            return;
        }
        if (entry.Call.Cached.Known == 0)
            entry.Service.Observe(entry.Texts, time.GetElapsedTime(began));
        entry.Complete();
    }

    private void ComputeTogether()
    {
        try
        {
            if (_batch.Count > 1)
                Compute(_batch, 0, int.MaxValue);
        }
        // What fails for one fails for all; alone, each has its own answer.
        catch (Exception)
        {
            for (var i = _batch.Count - 1; i >= 0; i--)
                ComputeInParts(_batch[i]);
            return;
        }
        if (_batch.Count == 1)
            ComputeInParts(_batch[0]);
        else
            _batch.ForEach(entry => entry.Complete());
    }

    /// <summary>One request, however many texts it has.</summary>
    private void ComputeInParts(QueuedPrediction entry)
    {
        try
        {
            for (var text = 0; text < entry.Texts;)
            {
                if (text > 0)
                    entry.Deadline.ThrowIfPast();
                var part = PartAt(entry, text);
                Compute([entry], text, part);
                text += part;
            }
        }
        catch (Exception exception)
        {
            entry.Fail(exception);
            return;
        }
        entry.Complete();
    }

    /// <summary>Texts from one on that are answered at once.</summary>
    private static int PartAt(QueuedPrediction entry, int from)
    {
        var most = Math.Min(entry.Service.BatchSize(entry.Most), entry.Texts - from);
        var part = default(BatchShape).And(entry.Text(from).Span);
        for (var next = part; part.Texts < most; part = next)
        {
            next = part.And(entry.Text(from + part.Texts).Span);
            if (!next.IsEven)
                break;
        }
        return part.Texts;
    }

    /// <param name="from">First text of each request.</param>
    /// <param name="most">Texts of each request.</param>
    private void Compute(List<QueuedPrediction> entries, int from, int most)
    {
        var model = entries[0].Generation.Model;
        _texts.Clear();
        foreach (var entry in entries)
        {
            for (var text = from; text < Math.Min(entry.Texts, (long)from + most); text++)
                _texts.Add(entry.Text(text));
        }
        var labels = model.Labels.Length;
        if (_chosen.Length < _texts.Count)
            _chosen = new int[_texts.Count];
        if (_probabilities.Length < _texts.Count * labels)
            _probabilities = new float[_texts.Count * labels];
        var probabilities = _probabilities.AsSpan(0, _texts.Count * labels);
        var chosen = _chosen.AsSpan(0, _texts.Count);
        var began = time.GetTimestamp();
        model.Predictor.PredictBatch(CollectionsMarshal.AsSpan(_texts), probabilities, chosen);
        entries[0].Service.Observe(_texts.Count, time.GetElapsedTime(began));
        metrics.Batched(_texts.Count);
        var at = 0;
        foreach (var entry in entries)
        {
            var texts = Math.Min(entry.Texts - from, most);
            entry.Call.Answer.Take(entry.Items.Slice(from, texts), probabilities.Slice(at * labels, texts * labels), chosen.Slice(at, texts));
            at += texts;
        }
    }
}
