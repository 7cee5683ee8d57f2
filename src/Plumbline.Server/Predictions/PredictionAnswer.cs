using Plumbline.Server.Problems;

namespace Plumbline.Server.Predictions;

/// <summary>Labels, probabilities and warnings of one request. Reused; not thread-safe.</summary>
internal sealed class PredictionAnswer
{
    private float[] _probabilities = [];
    private float[] _numeric = [];
    private int[] _chosen = [];
    private int _labels;

    public ContractWarnings Warnings { get; } = new();

    public int BytesHeld => _probabilities.Length * sizeof(float);

    /// <summary>Index of the label chosen for <paramref name="item"/>.</summary>
    public int Chosen(int item) => _chosen[item];

    public ReadOnlySpan<float> Probabilities(int item) => _probabilities.AsSpan(item * _labels, _labels);

    /// <exception cref="ProblemException">The time ran out between two items.</exception>
    public void Compute(ServedModel model, PredictionRequest request, Deadline deadline)
    {
        _labels = model.Labels.Length;
        Grow(ref _probabilities, request.Count * _labels);
        Grow(ref _chosen, request.Count);
        Grow(ref _numeric, 2 * model.Features.Length);
        Warnings.Clear();

        var numeric = request.HasTextFeatures ? _numeric.AsSpan(0, model.Features.Length) : [];
        var inputs = _numeric.AsSpan(model.Features.Length, model.Features.Length - model.FirstInput);
        for (var item = 0; item < request.Count; item++)
        {
            if (item > 0 && deadline.IsPast)
                throw new ProblemException(Problem.Timeout(deadline.Limit));
            ReadInputs(model, request, item, inputs);
            _chosen[item] = model.Predictor.Predict(request.Text(item), inputs, _probabilities.AsSpan(item * _labels, _labels), numeric);
            if (request.HasTextFeatures)
                CompareComputed(model, request, item, numeric);
        }
    }

    private void ReadInputs(ServedModel model, PredictionRequest request, int item, Span<float> inputs)
    {
        for (var i = 0; i < inputs.Length; i++)
        {
            var feature = model.FirstInput + i;
            var value = request.Value(feature, item);
            Warnings.JudgeInput(model.Features[feature], feature, item, value);
            inputs[i] = float.IsFinite(value) ? value : float.NaN;
        }
    }

    private void CompareComputed(ServedModel model, PredictionRequest request, int item, ReadOnlySpan<float> numeric)
    {
        for (var feature = 0; feature < model.FirstInput; feature++)
        {
            var sent = request.Value(feature, item);
            if (!float.IsNaN(sent))
                Warnings.JudgeComputed(feature, item, sent, numeric[feature]);
        }
    }

    private static void Grow<T>(ref T[] array, int length)
    {
        if (array.Length < length)
            array = new T[length];
    }
}
