using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Plumbline.Features;

namespace Plumbline.Learning.Models;

/// <summary>Scores of a linear model. The weights of an n-gram lie in its row of the n-gram table, so that scoring needs only term weights and the norm.</summary>
internal sealed unsafe class LinearScorer : IAdditiveScorer
{
    public const string Kind = "linear";

    /// <summary>Rows of so many floats are summed in two sums, of every other n-gram each.</summary>
    public const int TwoSumStride = 8;

    private const int PrefetchDistance = 10;

    private readonly NumericScaling _scaling;
    private readonly FeatureTable _table;
    private readonly float* _numericWeights;
    private readonly float* _categoryWeights;
    private readonly float* _intercept;
    private readonly int _outputs;

    /// <param name="categories">Categories of all columns.</param>
    /// <exception cref="InvalidDataException">An array is missing or of another length.</exception>
    public LinearScorer(ModelShape shape, FeatureTable table, NumericScaling scaling, int categories, IModelMemory memory)
    {
        _outputs = shape.Outputs;
        _table = table;
        _scaling = scaling;
        _numericWeights = memory.Array<float>(ModelSections.Numeric, (long)scaling.Count * _outputs).Start;
        _categoryWeights = categories == 0 ? null : memory.Array<float>(ModelSections.Categorical, (long)categories * _outputs).Start;
        _intercept = memory.Array<float>(ModelSections.Intercept, _outputs).Start;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Score(FeatureBuffer buffer, Span<float> scores)
    {
        if (_outputs == 1)
        {
            scores[0] = 0;
            var sum = 0f;
            for (var i = 0; i < buffer.Count; i++)
                sum += buffer.TermWeights[i] * _table.Row(buffer.Indices[i])[0];
            scores[1] = (sum * buffer.InverseNorm) + _intercept[0];
        }
        else if (_table.Stride == TwoSumStride)
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
        for (var column = 0; column < buffer.CategoryColumns; column++)
        {
            var weights = _categoryWeights + (buffer.CategoryFeatures[column] * _outputs);
            for (var k = 0; k < scores.Length; k++)
                scores[k] += buffer.CategoryValues[column] * weights[k];
        }
    }

    public void Contribute(FeatureBuffer buffer, Span<double> contributions)
    {
        var (skipped, classes) = _outputs == 1 ? (1, 2) : (0, _outputs);
        contributions.Clear();
        for (var i = 0; i < buffer.Count; i++)
            Add(contributions[(i * classes)..], buffer.TermWeights[i] * buffer.InverseNorm, _table.Row(buffer.Indices[i]));
        for (var feature = 0; feature < _scaling.Count; feature++)
            Add(contributions[((buffer.Count + feature) * classes)..], _scaling.Scale(feature, buffer.Numeric[feature]), _numericWeights + (feature * _outputs));
        var others = buffer.Count + _scaling.Count;
        for (var column = 0; column < buffer.CategoryColumns; column++)
            Add(contributions[((others + column) * classes)..], buffer.CategoryValues[column], _categoryWeights + (buffer.CategoryFeatures[column] * _outputs));
        Add(contributions[((others + buffer.CategoryColumns) * classes)..], 1, _intercept);

        void Add(Span<double> target, double value, float* weights)
        {
            for (var k = 0; k < _outputs; k++)
                target[skipped + k] = value * weights[k];
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
