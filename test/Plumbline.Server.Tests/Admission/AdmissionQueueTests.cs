using System.Buffers;
using System.Text;
using FsCheck.Xunit;
using Plumbline.Inference;
using Plumbline.Server.Admission;
using Plumbline.Server.Generations;
using Plumbline.Server.Hosting;
using Plumbline.Server.Predictions;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Tests.Admission;

/// <summary>One worker, and a model that takes 0.1 s for a text, unless a test says otherwise.</summary>
public sealed class AdmissionQueueTests : IDisposable
{
    private readonly SteppedTime _time = new();
    private readonly List<QueuedPrediction> _batch = [];
    private readonly List<PredictionCall> _calls = [];
    private readonly Generation _generation = new(0, null, "", new ServedModel(Predictor.Load(TestBundle.Directory), "reviews", 3, new ServerMetrics(new ServerState(TimeProvider.System))));
    private AdmissionQueue _queue;

    public AdmissionQueueTests() => _queue = Queue(new AdmissionOptions { Concurrency = 1 });

    public void Dispose()
    {
        _calls.ForEach(call => call.Dispose());
        _generation.Release();
    }

    [Property]
    public void Fill_FreeAt_IsWhenTheWorkIsDone(byte[] free, byte work)
    {
        if (free.Length == 0)
            return;
        var level = AdmissionQueue.Fill([.. free.Select(seconds => (double)seconds)], work);
        free.Sum(seconds => Math.Max(0, level - seconds)).ShouldBe(work, 1e-9);
        level.ShouldBeGreaterThanOrEqualTo(free.Min());
    }

    [Fact]
    public void Add_NothingBefore_TakenWhateverIsForetold()
    {
        var entry = Entry(texts: 3, seconds: 0.2);
        _queue.Add(entry).ShouldBeNull();
        _queue.TryTake(0, _batch).ShouldBeTrue();
        _batch.ShouldBe([entry]);
    }

    [Fact]
    public void Add_ForetoldEndPastTheDeadline_RefusedWithWhenToCome()
    {
        Occupy();
        for (var i = 0; i < 3; i++)
            _queue.Add(Entry(seconds: 1)).ShouldBeNull();
        // 0.1 s of what is computed and 0.3 s of what waits, half more to be safe, and 0.1 s of its own.
        var refusal = _queue.Add(Entry(seconds: 0.65)).ShouldNotBeNull();
        refusal.Reason.ShouldBe(ShedReason.Wait);
        refusal.RetryAfter.TotalSeconds.ShouldBe(0.4, 1e-3);
        _queue.Add(Entry(seconds: 0.75)).ShouldBeNull();
    }

    [Fact]
    public void Add_WaitLongerThanTheLongest_RefusedWhateverTheDeadline()
    {
        _queue = Queue(new AdmissionOptions { Concurrency = 1, Wait = TimeSpan.FromSeconds(0.25) });
        Occupy();
        _queue.Add(Entry()).ShouldBeNull();
        _queue.Add(Entry()).ShouldBeNull();
        _queue.Add(Entry()).ShouldNotBeNull().Reason.ShouldBe(ShedReason.Wait);
        _time.Step(0.1);
        _queue.Add(Entry()).ShouldBeNull();
    }

    [Fact]
    public void Add_ManyTextsWait_FullByTextsNotRequests()
    {
        _queue = Queue(new AdmissionOptions { Concurrency = 1, QueueTexts = 5, Wait = TimeSpan.FromHours(1) });
        Occupy();
        _queue.Add(Entry(texts: 3)).ShouldBeNull();
        _queue.Add(Entry(texts: 3)).ShouldNotBeNull().Reason.ShouldBe(ShedReason.Full);
        _queue.Add(Entry(texts: 2)).ShouldBeNull();
        _queue.Texts(RequestPriority.Normal).ShouldBe(5);
    }

    [Fact]
    public void Add_LowPriority_HasHalfAndWaitsForAll()
    {
        _queue = Queue(new AdmissionOptions { Concurrency = 1, QueueTexts = 4 });
        Occupy();
        _queue.Add(Entry(priority: RequestPriority.Low)).ShouldBeNull();
        _queue.Add(Entry(priority: RequestPriority.Low)).ShouldBeNull();
        _queue.Add(Entry(priority: RequestPriority.Low)).ShouldNotBeNull().Reason.ShouldBe(ShedReason.Full);
        for (var i = 0; i < 4; i++)
            _queue.Add(Entry()).ShouldBeNull();
        _queue.Add(Entry()).ShouldNotBeNull();
        _queue.Add(Entry(priority: RequestPriority.High, seconds: 0.3)).ShouldBeNull();
    }

    [Fact]
    public void TryTake_SeveralPriorities_HighFirstThenInOrder()
    {
        Occupy();
        var (low, normal, later, high) = (Entry(priority: RequestPriority.Low), Entry(), Entry(), Entry(priority: RequestPriority.High));
        foreach (var entry in (QueuedPrediction[])[low, normal, later, high])
            _queue.Add(entry).ShouldBeNull();
        _queue.Done(0);
        foreach (var expected in (QueuedPrediction[])[high, normal, later, low])
        {
            _queue.TryTake(0, _batch).ShouldBeTrue();
            _batch.ShouldBe([expected]);
            _queue.Done(0);
        }
        _queue.TryTake(0, _batch).ShouldBeFalse();
        _queue.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task TryTake_CallerGoneOrTooLate_DroppedBeforeItIsComputed()
    {
        Occupy();
        using var gone = new CancellationTokenSource();
        var (left, late, last) = (Entry(gone: gone.Token), Entry(seconds: 0.5), Entry(seconds: 100));
        foreach (var entry in (QueuedPrediction[])[left, late, last])
            _queue.Add(entry).ShouldBeNull();
        await gone.CancelAsync();
        _time.Step(0.45);
        _queue.Done(0);
        _queue.TryTake(0, _batch).ShouldBeTrue();
        _batch.ShouldBe([last]);
        (await left.Answered).ShouldBe(ShedReason.Gone);
        (await late.Answered).ShouldBe(ShedReason.Expired);
        last.Answered.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Sweep_WorkerIsLong_WhoIsTooLateIsToldMeanwhile()
    {
        Occupy();
        var (late, other) = (Entry(seconds: 0.5), Entry(seconds: 100));
        _queue.Add(late).ShouldBeNull();
        _queue.Add(other).ShouldBeNull();
        _time.Step(5);
        _queue.Sweep();
        (await late.Answered).ShouldBe(ShedReason.Expired);
        other.Answered.IsCompleted.ShouldBeFalse();
        _queue.Texts(RequestPriority.Normal).ShouldBe(1);
    }

    [Fact]
    public void TryTake_FixedPartLarge_BatchOfOneGenerationUpToTheBestSize()
    {
        var other = new Generation(1, null, "", new ServedModel(Predictor.Load(TestBundle.Other), "reviews", 4, new ServerMetrics(new ServerState(TimeProvider.System))));
        try
        {
            // The best size is 4.
            Learn(_generation, n => 0.04 + (0.1 * n));
            Learn(other, n => 0.04 + (0.1 * n));
            Occupy();
            QueuedPrediction[] mine = [Entry(most: 32), Entry(texts: 2, most: 32), Entry(texts: 2, most: 32), Entry(most: 32)];
            var foreign = Entry(most: 32, generation: other);
            foreach (var entry in (QueuedPrediction[])[mine[0], foreign, mine[1], mine[2], mine[3]])
                _queue.Add(entry).ShouldBeNull();
            _queue.Done(0);
            _queue.TryTake(0, _batch).ShouldBeTrue();
            _batch.ShouldBe([mine[0], mine[1], mine[3]]);
            _queue.Done(0);
            _queue.TryTake(0, _batch).ShouldBeTrue();
            _batch.ShouldBe([foreign]);
            _queue.Done(0);
            _queue.TryTake(0, _batch).ShouldBeTrue();
            _batch.ShouldBe([mine[2]]);
        }
        finally
        {
            other.Release();
        }
    }

    [Fact]
    public void TryTake_DeadlineNear_BatchNoLargerThanItAllows()
    {
        Learn(_generation, n => 1 + (0.1 * n));
        Occupy();
        QueuedPrediction[] entries = [Entry(most: 32, seconds: 100), Entry(most: 32, seconds: 100), Entry(most: 32, seconds: 8), Entry(most: 32, seconds: 100)];
        foreach (var entry in entries)
            _queue.Add(entry).ShouldBeNull();
        _queue.Done(0);
        // Two at once are done in 1.2 s, three in 1.3 s.
        _time.Step(8 - 1.25);
        _queue.TryTake(0, _batch).ShouldBeTrue();
        _batch.ShouldBe([entries[0], entries[1], entries[3]]);
    }

    [Fact]
    public void TryTake_LengthsDiffer_LongTextsAreNotPaddedTo()
    {
        Learn(_generation, n => 1 + (0.1 * n));
        Occupy();
        QueuedPrediction[] entries = [Entry(most: 32), Entry(most: 32, text: new string('x', 10_000)), Entry(most: 32)];
        foreach (var entry in entries)
            _queue.Add(entry).ShouldBeNull();
        _queue.Done(0);
        _queue.TryTake(0, _batch).ShouldBeTrue();
        _batch.ShouldBe([entries[0], entries[2]]);
    }

    private AdmissionQueue Queue(AdmissionOptions options)
    {
        Learn(_generation, n => 0.1 * n);
        return new AdmissionQueue(options, _time);
    }

    private static void Learn(Generation generation, Func<int, double> seconds)
    {
        for (var i = 0; i < 2000; i++)
            generation.Model.ServiceTime.Observe(1 + (i % 4), TimeSpan.FromSeconds(seconds(1 + (i % 4))));
    }

    /// <summary>The worker has something to do.</summary>
    private void Occupy()
    {
        _queue.Add(Entry()).ShouldBeNull();
        _queue.TryTake(0, _batch).ShouldBeTrue();
    }

    /// <param name="seconds">Until its deadline.</param>
    private QueuedPrediction Entry(
        int texts = 1, double seconds = 100, RequestPriority priority = RequestPriority.Normal, int most = 1, string text = "a", Generation? generation = null, CancellationToken gone = default)
    {
        var call = new PredictionCall();
        _calls.Add(call);
        var model = (generation ?? _generation).Model;
        call.Body.Write(Encoding.UTF8.GetBytes($$"""{"texts":[{{string.Join(',', Enumerable.Repeat($"\"{text}\"", texts))}}]}"""));
        call.Read(model, PredictRequestReader.Read, new RequestLimits());
        return new QueuedPrediction(call, generation ?? _generation, new Deadline(_time, TimeSpan.FromSeconds(seconds)) { Gone = gone }, priority, most);
    }
}
