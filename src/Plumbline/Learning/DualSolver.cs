using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Plumbline.Features;
using Plumbline.Statistics;
using Plumbline.Text;

namespace Plumbline.Learning;

/// <summary>What a linear model is fitted with.</summary>
/// <param name="C">Inverse strength of the penalty, as in scikit-learn and liblinear: ½‖w‖² + C Σ loss; more than 0.</param>
/// <param name="L1Ratio">Share of the penalty that is L1 (elastic net): 0 is L2; up to 0.99, as the dual needs a little L2 (Shalev-Shwartz &amp; Zhang 2014).</param>
/// <param name="ClassWeights">What each class's loss is multiplied by; null for 1.</param>
/// <param name="ColumnPenalties">
/// Squared scale g of each column, null for 1: fits weights v on columns scaled by √g and returns w = √g·v, which is how NB log-count ratios enter.
/// </param>
/// <param name="Tolerance">Stops after an epoch whose rows were less than this far from optimal on average.</param>
internal sealed record DualSolverOptions(
    double C, double L1Ratio = 0, float[]? ClassWeights = null, float[]? ColumnPenalties = null, double Tolerance = 0.01, int MaxEpochs = DualSolverOptions.DefaultMaxEpochs)
{
    public const int DefaultMaxEpochs = 40;
}

/// <summary>A solver of one loss over one matrix.</summary>
internal interface IDualSolver : IDisposable
{
    /// <summary>
    /// Runs epochs until converged. May be called again with another C and the same column penalties: dual variables are kept as the start, the
    /// weights follow them.
    /// </summary>
    /// <param name="afterEpoch">Called with (epoch from 1, mean violation); returns false to stop early.</param>
    void Fit(DualSolverOptions options, Func<int, double, bool>? afterEpoch = null, CancellationToken cancellation = default);

    /// <summary>The weights as they stand, soft-thresholded where the penalty has an L1 part.</summary>
    LinearModel Model(DualSolverOptions options);
}

/// <summary>
/// Stochastic dual coordinate ascent (Shalev-Shwartz &amp; Zhang 2013, 2014) for linear models: passes over the rows in a seeded random order
/// (over windows of random blocks, where not all blocks fit) and solves each row's own variables. Sequential, so that a seed gives the same weights whatever the number of threads; several
/// fits run beside each other instead. Not thread-safe.
/// </summary>
internal sealed unsafe class DualSolver<TLoss> : IDualSolver
    where TLoss : struct, IDualLoss
{
    private const int PrefetchDistance = 8;

    private readonly FeatureMatrix _matrix;
    private readonly int _outputs;
    private readonly int _lanes;
    private readonly ulong _seed;
    private readonly NativeArray<float> _memory;
    private readonly float* _weights;
    private readonly NativeArray<float> _dual;

    /// <summary>‖x‖² of each row in the metric of the column penalties, which are the same in all fits of a solver; −1 until first needed.</summary>
    private readonly float[] _squared;
    private readonly int[] _firstRows;
    private int _epochs;

    public DualSolver(FeatureMatrix matrix, int outputs, ulong seed)
    {
        _matrix = matrix;
        _outputs = outputs;
        _lanes = LanesFor(outputs);
        _seed = seed;
        _memory = new NativeArray<float>((long)matrix.Columns * _lanes);
        _weights = _memory.Start;
        _dual = new NativeArray<float>((long)matrix.Rows * _lanes);
        _squared = new float[matrix.Rows];
        Array.Fill(_squared, -1f);
        _firstRows = new int[matrix.Blocks.Count];
        var row = 0;
        for (var block = 0; block < matrix.Blocks.Count; block++)
        {
            _firstRows[block] = row;
            foreach (var label in matrix.Blocks.Outline(block).Labels)
                TLoss.Start(DualOf(row++), label, outputs);
        }
    }

    public static int LanesFor(int outputs) => outputs switch
    {
        1 => 1,
        _ => (outputs + 7) & ~7,
    };

    public void Fit(DualSolverOptions options, Func<int, double, bool>? afterEpoch = null, CancellationToken cancellation = default)
    {
        WeightsFromDual(options);
        for (var epoch = 1; epoch <= options.MaxEpochs; epoch++)
        {
            var random = RandomSource.Fork(_seed, (ulong)++_epochs);
            double violation = 0;
            foreach (var window in RowWindow.Visit(_matrix, random))
                violation += VisitWindow(window, options, cancellation);
            violation /= _matrix.Rows;
            if (afterEpoch?.Invoke(epoch, violation) == false || violation < options.Tolerance)
                break;
        }
    }

    public LinearModel Model(DualSolverOptions options)
    {
        var weights = _memory.Span.ToArray();
        if (options.L1Ratio > 0)
        {
            for (var i = 0; i < weights.Length; i++)
                weights[i] = Shrink(weights[i], options, i / _lanes);
        }
        return new LinearModel(_matrix.Columns, _outputs, _lanes, weights);
    }

    public void Dispose()
    {
        _memory.Dispose();
        _dual.Dispose();
    }

    private Span<float> DualOf(int row) => new(_dual.Start + ((long)row * _lanes), _lanes);

    private double VisitWindow(RowWindow window, DualSolverOptions options, CancellationToken cancellation)
    {
        double violation = 0;
        Span<float> scores = stackalloc float[_lanes];
        Span<float> delta = stackalloc float[_lanes];
        for (var i = 0; i < window.Count; i++)
        {
            if ((i & 1023) == 0)
                cancellation.ThrowIfCancellationRequested();
            var row = window[i];
            var (block, at) = window.Place(i);
            var label = window.Label(i);
            scores.Clear();
            var number = _firstRows[block] + at;
            if (_squared[number] < 0)
                _squared[number] = Squared(row.Indices, row.Values, options.ColumnPenalties);
            // The quadratic part of the penalty is (1 − r)/2 ‖w‖², so that a step moves the scores 1/(1 − r) as far.
            var squared = _squared[number] / (float)(1 - options.L1Ratio);
            if (options.L1Ratio > 0)
                DotShrunk(row.Indices, row.Values, scores, options);
            else
                Dot(row.Indices, row.Values, scores);
            delta.Clear();
            var cost = (float)options.C * (options.ClassWeights?[label] ?? 1);
            var dual = DualOf(number);
            violation += TLoss.Step(scores, dual, delta, label, _outputs, cost, squared);
            Update(row.Indices, row.Values, delta, options.ColumnPenalties);
        }
        return violation;
    }

    /// <summary>Weights that belong to the dual variables at this C: Σ x ⊗ β.</summary>
    private void WeightsFromDual(DualSolverOptions options)
    {
        _memory.Span.Clear();
        if (_epochs == 0)
            return;
        Span<float> start = stackalloc float[_lanes];
        Span<float> delta = stackalloc float[_lanes];
        for (var b = 0; b < _matrix.Blocks.Count; b++)
        {
            var block = _matrix.Blocks[b];
            for (var row = 0; row < block.Rows; row++)
            {
                var label = block.Labels[row];
                start.Clear();
                TLoss.Start(start, label, _outputs);
                var dual = DualOf(_firstRows[b] + row);
                TLoss.Delta(start, dual, delta, label, _outputs, (float)options.C * (options.ClassWeights?[label] ?? 1));
                var from = block.Start(row);
                var indices = block.Indices.AsSpan(from, block.Ends[row] - from);
                Update(indices, block.Values.AsSpan(from, indices.Length), delta, options.ColumnPenalties);
            }
            _matrix.Blocks.Return(b, block);
        }
    }

    /// <summary>Scores of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Dot(ReadOnlySpan<int> indices, ReadOnlySpan<float> values, Span<float> scores)
    {
        var lanes = _lanes;
        if (lanes == 1)
        {
            ref var index = ref MemoryMarshal.GetReference(indices);
            ref var value = ref MemoryMarshal.GetReference(values);
            float a = 0, b = 0, c = 0, d = 0;
            var i = 0;
            for (; i + 3 < indices.Length; i += 4)
            {
                a += Unsafe.Add(ref value, i) * _weights[Unsafe.Add(ref index, i)];
                b += Unsafe.Add(ref value, i + 1) * _weights[Unsafe.Add(ref index, i + 1)];
                c += Unsafe.Add(ref value, i + 2) * _weights[Unsafe.Add(ref index, i + 2)];
                d += Unsafe.Add(ref value, i + 3) * _weights[Unsafe.Add(ref index, i + 3)];
            }
            for (; i < indices.Length; i++)
                a += values[i] * _weights[indices[i]];
            scores[0] = (a + b) + (c + d);
        }
        else if (lanes == 8)
        {
            var sum = Vector256<float>.Zero;
            for (var i = 0; i < indices.Length; i++)
            {
                Prefetch(indices, i);
                sum += Vector256.Create(values[i]) * Vector256.Load(_weights + ((long)indices[i] * 8));
            }
            sum.CopyTo(scores);
        }
        else
        {
            fixed (float* sums = scores)
            {
                for (var i = 0; i < indices.Length; i++)
                {
                    Prefetch(indices, i);
                    var value = Vector256.Create(values[i]);
                    var row = _weights + ((long)indices[i] * lanes);
                    for (var lane = 0; lane < lanes; lane += 8)
                        (Vector256.Load(sums + lane) + (value * Vector256.Load(row + lane))).Store(sums + lane);
                }
            }
        }
    }

    /// <summary>Squared length of a row in the metric of the column penalties.</summary>
    private static float Squared(ReadOnlySpan<int> indices, ReadOnlySpan<float> values, float[]? penalties)
    {
        var sum = 0f;
        for (var i = 0; i < indices.Length; i++)
            sum += values[i] * values[i] * (penalties?[indices[i]] ?? 1);
        return sum;
    }

    private void DotShrunk(ReadOnlySpan<int> indices, ReadOnlySpan<float> values, Span<float> scores, DualSolverOptions options)
    {
        for (var i = 0; i < indices.Length; i++)
        {
            var row = _weights + ((long)indices[i] * _lanes);
            for (var lane = 0; lane < _outputs; lane++)
                scores[lane] += values[i] * Shrink(row[lane], options, indices[i]);
        }
    }

    /// <summary>The primal weight that belongs to an accumulated dual sum: soft threshold r, then division by 1 − r.</summary>
    private static float Shrink(float value, DualSolverOptions options, int column)
    {
        var ratio = (float)options.L1Ratio;
        var threshold = ratio * MathF.Sqrt(options.ColumnPenalties?[column] ?? 1);
        return MathF.CopySign(MathF.Max(0, MathF.Abs(value) - threshold), value) / (1 - ratio);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Update(ReadOnlySpan<int> indices, ReadOnlySpan<float> values, ReadOnlySpan<float> delta, float[]? penalties)
    {
        var lanes = _lanes;
        if (lanes == 1)
        {
            var step = delta[0];
            if (step == 0)
                return;
            if (penalties is null)
            {
                for (var i = 0; i < indices.Length; i++)
                    _weights[indices[i]] += step * values[i];
            }
            else
            {
                for (var i = 0; i < indices.Length; i++)
                    _weights[indices[i]] += step * values[i] * penalties[indices[i]];
            }
        }
        else
        {
            fixed (float* steps = delta)
            {
                for (var i = 0; i < indices.Length; i++)
                {
                    var value = Vector256.Create(penalties is null ? values[i] : values[i] * penalties[indices[i]]);
                    var row = _weights + ((long)indices[i] * lanes);
                    for (var lane = 0; lane < lanes; lane += 8)
                        (Vector256.Load(row + lane) + (value * Vector256.Load(steps + lane))).Store(row + lane);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Prefetch(ReadOnlySpan<int> indices, int i)
    {
        if (Sse.IsSupported && i + PrefetchDistance < indices.Length)
            Sse.Prefetch0(_weights + ((long)indices[i + PrefetchDistance] * _lanes));
    }
}
