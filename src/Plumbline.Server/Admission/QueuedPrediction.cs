using Plumbline.Inference.Batching;
using Plumbline.Server.Generations;
using Plumbline.Server.Predictions;

namespace Plumbline.Server.Admission;

/// <summary>A request that was read and waits to be computed. Its generation stays as long as it is waited for. What it takes is foretold when it is made.</summary>
internal sealed class QueuedPrediction
{
    private readonly int[] _items;
    private readonly TaskCompletionSource<ShedReason?> _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="most">Texts that its model is given at once.</param>
    public QueuedPrediction(PredictionCall call, Generation generation, Deadline deadline, RequestPriority priority, int most)
    {
        (Call, Generation, Deadline, Priority, Most) = (call, generation, deadline, priority, most);
        _items = [.. Enumerable.Range(0, call.Request.Count).Where(item => !call.Cached.IsKnown(item))];
        Service = generation.Model.ServiceTimeOf(call.Request);
        var size = most == 1 ? Texts : Service.BatchSize(most);
        Seconds = Service.Shared(Texts, most);
        Own = (Service.Fixed * Math.Ceiling((double)Texts / size)) + (Service.PerText * Texts);
        Foretold = Math.Max(Own, Service.Mean(size)) + Service.Margin;
        for (var text = 0; text < Texts; text++)
            Shape = Shape.And(Text(text).Span);
    }

    public PredictionCall Call { get; }

    public Generation Generation { get; }

    public Deadline Deadline { get; }

    public RequestPriority Priority { get; }

    public int Most { get; }

    public ServiceTime Service { get; }

    /// <summary>That are to be computed: answers to others are known.</summary>
    public int Texts => _items.Length;

    /// <summary>Items of the request that are to be computed.</summary>
    public ReadOnlySpan<int> Items => _items;

    public BatchShape Shape { get; }

    /// <summary>By which it makes others wait.</summary>
    public double Seconds { get; }

    /// <summary>That it takes alone, in the mean.</summary>
    public double Own { get; }

    /// <summary>That it hardly ever exceeds, from when it is taken, whatever it is answered with.</summary>
    public double Foretold { get; }

    /// <summary>When it began to wait.</summary>
    public long Since { get; set; }

    /// <summary>When it was taken to be computed; null while it waits, and where it was dropped.</summary>
    public long? Taken { get; set; }

    /// <summary>Whether nothing was before it: it is then computed whatever is foretold, so that what is foretold is learnt anew.</summary>
    public bool HasTheWay { get; set; }

    /// <summary>Null once it is computed, or why it is not.</summary>
    public Task<ShedReason?> Answered => _answered.Task;

    /// <summary>Why there is no use in computing it any more; null while there is.</summary>
    public ShedReason? Futility =>
        Deadline.Gone.IsCancellationRequested ? ShedReason.Gone
        : Deadline.Left.TotalSeconds < (HasTheWay ? 0 : Own + Service.Margin) ? ShedReason.Expired
        : null;

    /// <param name="text">Among those that are to be computed.</param>
    public ReadOnlyMemory<byte> Text(int text) => Call.Request.TextMemory(_items[text]);

    public void Complete() => _answered.SetResult(null);

    public void Fail(Exception exception) => _answered.SetException(exception);

    public void Drop(ShedReason reason) => _answered.SetResult(reason);
}
