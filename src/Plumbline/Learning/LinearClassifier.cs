using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Text;

namespace Plumbline.Learning;

/// <summary>
/// Text to probabilities with a linear model whose arrays may be mapped files. Immutable and thread-safe; allocates nothing a text.
/// The memory that it points to must outlive it.
/// </summary>
internal sealed unsafe class LinearClassifier
{
    private const int PrefetchDistance = 10;

    private readonly Vectorizer _vectorizer;
    private readonly NumericScaling _scaling;
    private readonly FeatureTable _table;
    private readonly CategoryIndex _categories;
    private readonly float _categoryWeight;
    private readonly float* _numericWeights;
    private readonly float* _categoryWeights;
    private readonly float* _intercept;
    private readonly int _outputs;
    private readonly Calibration _calibration;
    private readonly DecisionRule _decision;
    private readonly object? _owner;

    public LinearClassifier(
        FeatureContract contract, int classes, LinearMemory memory, int outputs, Calibration calibration, DecisionRule decision, object? owner = null)
    {
        Classes = classes;
        _outputs = outputs;
        _calibration = calibration;
        _decision = decision;
        _owner = owner;
        var vocabulary = memory.SlotCount == 0 ? null : new Vocabulary(memory.Slots, memory.SlotCount);
        _vectorizer = new Vectorizer(contract.Options, vocabulary, contract.HasSentiment);
        _scaling = new NumericScaling(contract.Numeric, contract.Options.Numeric);
        _table = new FeatureTable(memory.Table, FeatureTable.StrideFor(outputs));
        _categories = new CategoryIndex(contract.Categorical);
        _categoryWeight = (float)contract.Options.Categorical.Weight;
        _categoryWeights = memory.CategoryWeights;
        _numericWeights = memory.NumericWeights;
        _intercept = memory.Intercept;
    }

    /// <summary>A classifier over pinned arrays, which it keeps alive.</summary>
    public static LinearClassifier Over(FeatureContract contract, int classes, LinearParameters parameters, Calibration calibration, DecisionRule decision) =>
        new(contract, classes, LinearMemory.Of(parameters), parameters.Outputs, calibration, decision, parameters);

    public int Classes { get; }

    public CategoryIndex Categories => _categories;

    /// <summary>Numeric features that the contract's options make.</summary>
    public int NumericCount => _vectorizer.NumericCount;

    /// <summary>Fills <paramref name="probabilities"/> and returns the index of the label that the decision rule chooses.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="inputs">Numeric inputs, then aggregates, in contract order, NaN where missing; empty means all missing.</param>
    /// <param name="probabilities">One a class.</param>
    /// <param name="numeric">Receives raw numeric features in contract order unless empty.</param>
    /// <param name="categories">What <see cref="CategoryIndex.Find(int, ReadOnlySpan{byte})"/> says, one a column; empty means all missing.</param>
    /// <exception cref="ArgumentException">There are some categories, but not as many as the contract has columns.</exception>
    public int Predict(ReadOnlySpan<byte> text, ReadOnlySpan<float> inputs, Span<float> probabilities, Span<float> numeric, ReadOnlySpan<int> categories = default)
    {
        if (!categories.IsEmpty && categories.Length != _categories.Columns)
            throw new ArgumentException($"{categories.Length} categories were given where the contract has {_categories.Columns} columns.", nameof(categories));
        var buffer = FeatureBuffer.Current;
        _vectorizer.Vectorize(text, inputs, _table, buffer);
        Score(buffer, categories, probabilities);
        _calibration.Apply(probabilities);
        if (!numeric.IsEmpty)
            buffer.Numeric.AsSpan(0, NumericCount).CopyTo(numeric);
        GC.KeepAlive(_owner);
        return _decision.Choose(probabilities);
    }

    /// <summary>Predicts a record of a batch that has the contract's inputs, in its order.</summary>
    /// <param name="probabilities">One a class.</param>
    public int Predict(RecordBatch batch, int record, Span<float> probabilities)
    {
        var categories = FeatureBuffer.Current.Categories(_categories.Columns);
        _categories.Find(batch, record, categories);
        return Predict(batch.Text(record), batch.Inputs(record), probabilities, default, categories);
    }

    /// <summary>Number of n-grams of a text, and of those that the contract knows.</summary>
    public (int All, int Known) CountNgrams(ReadOnlySpan<byte> text)
    {
        var buffer = FeatureBuffer.Current;
        _vectorizer.CountNgrams(text, buffer);
        var known = 0;
        for (var i = 0; i < buffer.Count; i++)
            known += buffer.Counts[i];
        return (buffer.Ngrams.Count, known);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Score(FeatureBuffer buffer, ReadOnlySpan<int> categories, Span<float> scores)
    {
        if (_outputs == 1)
        {
            scores[0] = 0;
            var sum = 0f;
            for (var i = 0; i < buffer.Count; i++)
                sum += buffer.TermWeights[i] * _table.Row(buffer.Indices[i])[0];
            scores[1] = (sum * buffer.InverseNorm) + _intercept[0];
        }
        else if (_table.Stride == 8)
        {
            ScoreStride8(buffer, scores);
        }
        else
        {
            ScoreWide(buffer, scores);
        }
        scores = _outputs == 1 ? scores[1..] : scores;
        for (var feature = 0; feature < _scaling.Count; feature++)
        {
            var value = _scaling.Scale(feature, buffer.Numeric[feature]);
            for (var k = 0; k < scores.Length; k++)
                scores[k] += value * _numericWeights[(feature * _outputs) + k];
        }
        for (var column = 0; column < categories.Length; column++)
        {
            if (categories[column] < 0)
                continue;
            var category = _categories.First(column) + categories[column];
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(category, _categories.First(column + 1), nameof(categories));
            var weights = _categoryWeights + (category * _outputs);
            for (var k = 0; k < scores.Length; k++)
                scores[k] += _categoryWeight * weights[k];
        }
    }

    /// <summary>Up to six classes: a row is one vector, of which the last two lanes, scale and polarity, are summed for nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ScoreStride8(FeatureBuffer buffer, Span<float> scores)
    {
        ref var indices = ref buffer.Indices[0];
        ref var weights = ref buffer.TermWeights[0];
        var even = Vector256<float>.Zero;
        var odd = Vector256<float>.Zero;
        var i = 0;
        for (; i + 1 < buffer.Count; i += 2)
        {
            even += Vector256.Create(Unsafe.Add(ref weights, i)) * Vector256.Load(_table.Row(Unsafe.Add(ref indices, i)));
            odd += Vector256.Create(Unsafe.Add(ref weights, i + 1)) * Vector256.Load(_table.Row(Unsafe.Add(ref indices, i + 1)));
        }
        if (i < buffer.Count)
            even += Vector256.Create(Unsafe.Add(ref weights, i)) * Vector256.Load(_table.Row(Unsafe.Add(ref indices, i)));
        var sums = (even + odd) * buffer.InverseNorm;
        for (var k = 0; k < scores.Length; k++)
            scores[k] = sums[k] + _intercept[k];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ScoreWide(FeatureBuffer buffer, Span<float> scores)
    {
        Span<float> sums = stackalloc float[_table.Stride];
        sums.Clear();
        fixed (float* sum = sums)
        {
            for (var i = 0; i < buffer.Count; i++)
            {
                if (Sse.IsSupported && i + PrefetchDistance < buffer.Count)
                    Sse.Prefetch0(_table.Row(buffer.Indices[i + PrefetchDistance]));
                var weight = Vector256.Create(buffer.TermWeights[i]);
                var row = _table.Row(buffer.Indices[i]);
                for (var lane = 0; lane < _table.Stride; lane += Vector256<float>.Count)
                    (Vector256.Load(sum + lane) + (weight * Vector256.Load(row + lane))).Store(sum + lane);
            }
        }
        for (var k = 0; k < scores.Length; k++)
            scores[k] = (sums[k] * buffer.InverseNorm) + _intercept[k];
    }
}
