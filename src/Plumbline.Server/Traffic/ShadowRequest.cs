using System.Buffers;
using System.Diagnostics;
using System.Text;
using Plumbline.Rollouts;
using Plumbline.Server.Generations;
using Plumbline.Server.Predictions;

namespace Plumbline.Server.Traffic;

/// <summary>A copy of a request and of what stable answered, for a shadow. Its set is entered until it is disposed.</summary>
internal sealed class ShadowRequest : IDisposable
{
    private readonly ServingSet _serving;
    private readonly byte[] _body;
    private readonly int _length;
    private readonly float[] _probabilities;
    private readonly int[] _chosen;
    private readonly Guid[] _ids;
    private readonly int _labels;

    /// <param name="serving">Entered on behalf of this.</param>
    public ShadowRequest(ServingSet serving, ServedArm shadow, PredictionCall call, ReadRequest read)
    {
        (_serving, Shadow, Read) = (serving, shadow, read);
        Trace = Activity.Current is { Recorded: true } span ? span.Context : default;
        _length = call.Body.WrittenCount;
        _body = ArrayPool<byte>.Shared.Rent(_length);
        call.Body.WrittenSpan.CopyTo(_body);
        Count = call.Request.Count;
        _labels = serving.Stable.Generation.Model.Labels.Length;
        _probabilities = ArrayPool<float>.Shared.Rent(Count * _labels);
        (_chosen, _ids) = (new int[Count], new Guid[Count]);
        for (var item = 0; item < Count; item++)
        {
            call.Answer.Probabilities(item).CopyTo(_probabilities.AsSpan(item * _labels));
            (_chosen[item], _ids[item]) = (call.Answer.Chosen(item), call.Answer.Id(item));
        }
    }

    public ServedArm Shadow { get; }

    /// <summary>Of the request; none where it is not recorded.</summary>
    public ActivityContext Trace { get; }

    public ReadRequest Read { get; }

    public ReadOnlySpan<byte> Body => _body.AsSpan(0, _length);

    public int Count { get; }

    /// <summary>Counts how the shadow's answer differs.</summary>
    /// <returns>Rows with another label.</returns>
    public int CompareWith(PredictionAnswer answer)
    {
        var differ = 0;
        for (var item = 0; item < Count; item++)
        {
            var mine = answer.Probabilities(item);
            var theirs = _probabilities.AsSpan(item * _labels, _labels);
            var distance = 0.0;
            for (var label = 0; label < _labels; label++)
                distance += Math.Abs(mine[label] - theirs[label]) / 2;
            var example = answer.Chosen(item) == _chosen[item] ? null : Example(item, answer);
            differ += example is null ? 0 : 1;
            // Of two sums of probabilities that are 1 but for rounding, no distance is more.
            Shadow.Recorder.Compared(_chosen[item], answer.Chosen(item), Math.Min(1, distance), example);
        }
        return differ;
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_body);
        ArrayPool<float>.Shared.Return(_probabilities);
        _serving.Leave();
    }

    private ComparedExample Example(int item, PredictionAnswer answer)
    {
        var (labels, id) = (Shadow.Generation.Model.Predictor.Labels, _ids[item].ToString());
        var (stable, mine) = (_chosen[item], answer.Chosen(item));
        return new ComparedExample(
            id, ComparedExample.KeyOf(Encoding.ASCII.GetBytes(id), 0), labels[stable], _probabilities[(item * _labels) + stable], labels[mine], answer.Probabilities(item)[mine]);
    }
}
