using Plumbline.Features.Online;
using Plumbline.Learning.Explanations;
using Plumbline.Server.Caching;
using Plumbline.Server.Problems;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Predictions;

/// <summary>Labels, probabilities and warnings of one request. Reused; not thread-safe.</summary>
internal sealed class PredictionAnswer
{
    private float[] _probabilities = [];
    private float[] _numeric = [];
    private int[] _categories = [];
    private int[] _chosen = [];
    private Guid[] _ids = [];
    private int _labels;

    /// <summary>One an item where the request asks for them; otherwise none.</summary>
    public List<Explanation> Explanations { get; } = [];

    public ContractWarnings Warnings { get; } = new();

    public int BytesHeld => _probabilities.Length * sizeof(float);

    /// <summary>Index of the label chosen for <paramref name="item"/>.</summary>
    public int Chosen(int item) => _chosen[item];

    /// <summary>Id of the prediction.</summary>
    public Guid Id(int item) => _ids[item];

    public ReadOnlySpan<float> Probabilities(int item) => _probabilities.AsSpan(item * _labels, _labels);

    /// <param name="aggregates">Of the items, if the model has any.</param>
    /// <param name="generation">Number that the ids of predictions tell.</param>
    /// <param name="cached">Answers that need not be computed.</param>
    /// <exception cref="ProblemException">The time ran out between two items.</exception>
    /// <exception cref="OperationCanceledException">The caller went away between two items.</exception>
    public void Compute(ServedModel model, PredictionRequest request, AggregateBatch aggregates, RequestIds ids, int generation, Deadline deadline, CachedPredictions cached)
    {
        Prepare(model, request);
        var numeric = request.HasTextFeatures ? _numeric.AsSpan(0, model.FirstCategorical) : [];
        var inputs = _numeric.AsSpan(model.FirstCategorical, model.FirstCategorical - model.FirstInput);
        var categories = _categories.AsSpan(0, model.Features.Length - model.FirstCategorical);
        for (var item = 0; item < request.Count; item++)
        {
            if (item > 0)
                deadline.ThrowIfPast();
            ReadInputs(model, request, item, inputs[..(model.FirstAggregate - model.FirstInput)]);
            ReadAggregates(model, request, aggregates, item, inputs[(model.FirstAggregate - model.FirstInput)..]);
            ReadCategories(model, request, item, categories);
            _ids[item] = ids.Next(generation);
            var known = cached.TryTake(item, _probabilities.AsSpan(item * _labels, _labels));
            _chosen[item] = known ?? model.Predictor.Predict(request.Text(item), inputs, _probabilities.AsSpan(item * _labels, _labels), numeric, categories);
            Observe(model, request, item, inputs, categories, isPredicted: known is null);
            if (request.Explain > 0)
                Explanations.Add(model.Predictor.Explain(request.Text(item), inputs, request.Explain, categories));
            if (request.HasTextFeatures)
                CompareComputed(model, request, item, numeric);
        }
    }

    /// <summary>Makes room for answers that are computed among others, for a model whose only input is a text, and takes those that are known.</summary>
    /// <inheritdoc cref="Compute" path="/param[@name='generation' or @name='cached']"/>
    public void Begin(ServedModel model, PredictionRequest request, RequestIds ids, int generation, CachedPredictions cached)
    {
        Prepare(model, request);
        for (var item = 0; item < request.Count; item++)
        {
            _ids[item] = ids.Next(generation);
            if (cached.TryTake(item, _probabilities.AsSpan(item * _labels, _labels)) is { } known)
                _chosen[item] = known;
        }
    }

    /// <summary>Takes answers to some items; it has <see cref="Begin"/> behind it.</summary>
    /// <param name="probabilities">One a label for each of <paramref name="items"/>, one after the other.</param>
    public void Take(ReadOnlySpan<int> items, ReadOnlySpan<float> probabilities, ReadOnlySpan<int> chosen)
    {
        for (var i = 0; i < items.Length; i++)
        {
            probabilities.Slice(i * _labels, _labels).CopyTo(_probabilities.AsSpan(items[i] * _labels));
            _chosen[items[i]] = chosen[i];
        }
    }

    /// <summary>Counts a text and its answer. Its features are at hand where they were just predicted with; else they are computed for this.</summary>
    private void Observe(ServedModel model, PredictionRequest request, int item, ReadOnlySpan<float> inputs, ReadOnlySpan<int> categories, bool isPredicted)
    {
        if (model.Drift is not { } drift || model.Predictor.Manifest is null)
            return;
        if (!isPredicted)
            drift.Recorder.Describe(request.Text(item), inputs, categories);
        drift.Recorder.Observe(_ids[item], request.Text(item), categories, Probabilities(item), _chosen[item]);
    }

    private void Prepare(ServedModel model, PredictionRequest request)
    {
        _labels = model.Labels.Length;
        Grow(ref _probabilities, request.Count * _labels);
        Grow(ref _chosen, request.Count);
        Grow(ref _ids, request.Count);
        Grow(ref _numeric, 2 * model.FirstCategorical);
        Grow(ref _categories, model.Features.Length - model.FirstCategorical);
        Warnings.Clear();
        Explanations.Clear();
        if (request.Explain > 0 && model.Predictor.Manifest is null)
            throw RequestJson.Invalid(new JsonPath(RequestJson.Explain), "cannot be had of this model: it is a graph of ONNX, and only bundles can be explained");
    }

    private void ReadInputs(ServedModel model, PredictionRequest request, int item, Span<float> inputs)
    {
        for (var i = 0; i < inputs.Length; i++)
        {
            var feature = model.FirstInput + i;
            var value = request.Value(feature, item);
            Warnings.JudgeInput(model.Predictor.NumericFeatures[feature], feature, item, value);
            inputs[i] = float.IsFinite(value) ? value : float.NaN;
        }
    }

    private void ReadAggregates(ServedModel model, PredictionRequest request, AggregateBatch aggregates, int item, Span<float> values)
    {
        if (!aggregates.IsFetched)
        {
            values.Fill(float.NaN);
            return;
        }
        for (var i = 0; i < values.Length; i++)
        {
            var feature = model.FirstAggregate + i;
            var sent = request.Value(feature, item);
            var outcome = aggregates.Outcome(item, model.Aggregates!.Online.Feature(i).Kind);
            values[i] = model.Aggregates.Online.Settle(aggregates, item, i, sent);
            Warnings.JudgeAggregate(model.Predictor.NumericFeatures[feature], feature, item, outcome, values[i], sent);
        }
    }

    private void ReadCategories(ServedModel model, PredictionRequest request, int item, Span<int> categories)
    {
        for (var i = 0; i < categories.Length; i++)
        {
            categories[i] = request.CategoryOf(model.FirstCategorical + i, item);
            Warnings.JudgeCategory(model.FirstCategorical + i, item, categories[i]);
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
