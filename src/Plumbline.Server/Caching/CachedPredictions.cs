using System.Runtime.InteropServices;
using Plumbline.Features.Online;
using Plumbline.Inference.Caching;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;

namespace Plumbline.Server.Caching;

/// <summary>
/// Answers to the items of one request that need not be computed. Who computes an answer for others ends that when the request is answered or cleared; he waits for nobody, so that no two wait for each other. Reused; not
/// thread-safe.
/// </summary>
internal sealed class CachedPredictions
{
    private readonly List<CachedAnswer?> _answers = [];
    private readonly List<PredictionKey> _keys = [];
    private readonly List<(int Item, Computation Computation)> _led = [];
    private readonly List<(int Item, Computation Computation)> _awaited = [];
    private byte[] _content = [];
    private ServedCache? _cache;

    public int BytesHeld => _content.Length;

    /// <summary>Items that need not be computed.</summary>
    public int Known
    {
        get
        {
            var known = 0;
            foreach (var answer in _answers)
                known += answer is null ? 0 : 1;
            return known;
        }
    }

    /// <summary>Whether an item need not be computed.</summary>
    public bool IsKnown(int item) => _cache is not null && _answers[item] is not null;

    /// <summary>Copies the answer to <paramref name="item"/>.</summary>
    /// <returns>Index of the label chosen; null where it must be computed.</returns>
    public int? TryTake(int item, Span<float> probabilities)
    {
        if (_cache is null || _answers[item] is not { } answer)
            return null;
        answer.Probabilities.CopyTo(probabilities);
        return answer.Label;
    }

    /// <summary>Finds what was answered before or by others meanwhile.</summary>
    /// <param name="aggregates">Of the items, if the model has any.</param>
    /// <exception cref="ProblemException">The time ran out while others computed.</exception>
    /// <exception cref="OperationCanceledException">The caller is gone.</exception>
    public async ValueTask FindAsync(ServedCache cache, ServedModel model, PredictionRequest request, AggregateBatch aggregates, Deadline deadline, CancellationToken gone)
    {
        _cache = cache;
        for (var item = 0; item < request.Count; item++)
        {
            _keys.Add(KeyOf(model, request, aggregates, item));
            _answers.Add(null);
        }
        while (true)
        {
            Find();
            if (_led.Count > 0 && cache.Answers.IsShared)
                await TakeSharedAsync(model.Labels.Length, gone);
            if (_led.Count > 0 || _awaited.Count == 0)
                return;
            foreach (var (item, computation) in _awaited)
            {
                if (await deadline.WaitAsync(computation.Done, gone) is not { } answer)
                    continue;
                _answers[item] = answer;
                cache.Outcomes.Waited.Inc();
            }
        }
    }

    /// <summary>Keeps what was computed.</summary>
    public void Keep(PredictionAnswer answered)
    {
        foreach (var (item, computation) in _led)
            _cache!.Answers.Complete(computation, new CachedAnswer(answered.Chosen(item), answered.Probabilities(item).ToArray()), isShared: false);
        _led.Clear();
        foreach (var answer in _answers)
        {
            if (answer is null)
                _cache!.Outcomes.Computed.Inc();
        }
    }

    /// <summary>Gives up what was to be computed, and forgets all.</summary>
    public void Clear()
    {
        foreach (var (_, computation) in _led)
            _cache!.Answers.Abandon(computation);
        _led.Clear();
        _awaited.Clear();
        _keys.Clear();
        _answers.Clear();
        _cache = null;
    }

    private void Find()
    {
        _awaited.Clear();
        for (var item = 0; item < _keys.Count; item++)
        {
            if (_answers[item] is not null)
                continue;
            _answers[item] = _cache!.Answers.Find(_keys[item], out var computation, out var leads);
            if (computation is null)
                _cache.Outcomes.Memory.Inc();
            else
                (leads ? _led : _awaited).Add((item, computation));
        }
    }

    private async ValueTask TakeSharedAsync(int labels, CancellationToken gone)
    {
        var found = await _cache!.Answers.FindSharedAsync([.. _led.Select(led => led.Computation.Key)], labels, gone);
        for (var i = found.Length - 1; i >= 0; i--)
        {
            if (found[i] is not { } answer)
                continue;
            var (item, computation) = _led[i];
            _cache.Answers.Complete(computation, answer, isShared: true);
            _led.RemoveAt(i);
            _answers[item] = answer;
            _cache.Outcomes.Shared.Inc();
        }
    }

    /// <summary>The model's digest, its numeric inputs, aggregates among them, its categories, and the text: the digest says how many there are of each.</summary>
    private PredictionKey KeyOf(ServedModel model, PredictionRequest request, AggregateBatch aggregates, int item)
    {
        var (inputs, categories) = (model.FirstCategorical - model.FirstInput, model.Features.Length - model.FirstCategorical);
        var text = request.Text(item);
        var length = PredictionKey.Size + (sizeof(float) * (inputs + categories)) + text.Length;
        if (_content.Length < length)
            _content = new byte[length];
        model.Digest.CopyTo(_content, 0);
        var values = MemoryMarshal.Cast<byte, float>(_content.AsSpan(PredictionKey.Size, sizeof(float) * inputs));
        for (var i = 0; i < inputs; i++)
            values[i] = InputOf(model, request, aggregates, item, model.FirstInput + i);
        var chosen = MemoryMarshal.Cast<byte, int>(_content.AsSpan(PredictionKey.Size + (sizeof(float) * inputs), sizeof(int) * categories));
        for (var i = 0; i < categories; i++)
            chosen[i] = request.CategoryOf(model.FirstCategorical + i, item);
        text.CopyTo(_content.AsSpan(length - text.Length));
        return PredictionKey.Of(_content.AsSpan(0, length));
    }

    /// <summary>As the model gets it.</summary>
    private static float InputOf(ServedModel model, PredictionRequest request, AggregateBatch aggregates, int item, int feature)
    {
        var sent = request.Value(feature, item);
        if (feature < model.FirstAggregate)
            return float.IsFinite(sent) ? sent : float.NaN;
        return aggregates.IsFetched ? model.Aggregates!.Online.Settle(aggregates, item, feature - model.FirstAggregate, sent) : float.NaN;
    }
}
