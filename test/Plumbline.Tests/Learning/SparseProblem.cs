using Plumbline.Features;
using Plumbline.Learning;
using Plumbline.Statistics;

namespace Plumbline.Tests.Learning;

internal enum Loss
{
    BinaryLogistic,
    MultinomialLogistic,
    SquaredHinge,
}

/// <summary>A small random problem, with its primal objective and optimum in double precision.</summary>
internal sealed class SparseProblem
{
    private readonly double[][] _rows;
    private readonly int[] _labels;
    private readonly int _columns;

    private SparseProblem(FeatureMatrix matrix)
    {
        Matrix = matrix;
        _columns = matrix.Columns;
        _labels = matrix.Labels();
        _rows =
        [
            .. matrix.Blocks.SelectMany(block => Enumerable.Range(0, block.Rows).Select(row =>
            {
                var dense = new double[_columns];
                for (var at = block.Start(row); at < block.Ends[row]; at++)
                    dense[block.Indices[at]] += block.Values[at];
                return dense;
            })),
        ];
    }

    public FeatureMatrix Matrix { get; }

    /// <summary>Random rows with an intercept; the second repeats the first, the third has the intercept alone.</summary>
    public static SparseProblem Generate(ulong seed, int rows, int columns, int classes, bool oneClass = false, double size = 0.6)
    {
        var random = new RandomSource(seed);
        var centres = Enumerable.Range(0, classes * columns).Select(_ => random.NextGaussian()).ToArray();
        var blocks = new List<FeatureBlock>();
        (int[] Indices, float[] Values, int Label)? last = null;
        for (var row = 0; row < rows;)
        {
            var (ends, indices, values, labels) = (new List<int>(), new List<int>(), new List<float>(), new List<int>());
            for (var left = 1 + random.NextInt32(20); left > 0 && row < rows; left--, row++)
            {
                var label = oneClass ? 1 : random.NextInt32(1 + random.NextInt32(classes));
                var chosen = Enumerable.Range(0, columns - 1).Where(_ => row != 2 && random.NextInt32(4) == 0).ToArray();
                var entries = (
                    Indices: chosen.Append(columns - 1).ToArray(),
                    Values: chosen.Select(column => (float)(size * (centres[(label * columns) + column] + random.NextGaussian()))).Append(1).ToArray(),
                    Label: label);
                var used = row == 1 && last is { } former ? former : entries;
                last = used;
                indices.AddRange(used.Indices);
                values.AddRange(used.Values);
                labels.Add(used.Label);
                ends.Add(indices.Count);
            }
            blocks.Add(new FeatureBlock([.. ends], [.. indices], [.. values], [], [], [.. labels]));
        }
        return new SparseProblem(new FeatureMatrix(columns, classes, Stored(blocks)));
    }

    /// <summary>Half of the blocks in memory, the others in a file: where they lie must not matter.</summary>
    private static FeatureBlocks Stored(List<FeatureBlock> blocks)
    {
        var stored = new FeatureBlocks(new MatrixMemory(4L * blocks.Sum(block => block.Indices.Length), Path.GetTempPath()));
        foreach (var block in blocks)
            stored.Add(block);
        return stored;
    }

    public IDualSolver Solver(Loss loss, ulong seed = 1) => loss switch
    {
        Loss.BinaryLogistic => new DualSolver<BinaryLogisticLoss>(Matrix, 1, seed),
        Loss.MultinomialLogistic => new DualSolver<MultinomialLogisticLoss>(Matrix, Matrix.Classes, seed),
        _ => new DualSolver<SquaredHingeLoss>(Matrix, Outputs(loss), seed),
    };

    public int Outputs(Loss loss) => loss == Loss.BinaryLogistic || (loss == Loss.SquaredHinge && Matrix.Classes == 2) ? 1 : Matrix.Classes;

    /// <summary>Objective of a fitted model: (1 − r)/2 Σw²/g + r Σ|w|/√g + C Σ weight · loss.</summary>
    public double Objective(LinearModel model, Loss loss, DualSolverOptions options)
    {
        var outputs = Outputs(loss);
        var weights = new double[_columns * outputs];
        for (var column = 0; column < _columns; column++)
        {
            for (var k = 0; k < outputs; k++)
                weights[(column * outputs) + k] = model.Row(column)[k] / Scale(options, column);
        }
        return Objective(weights, loss, options);
    }

    /// <summary>The least objective, by accelerated proximal gradient steps with restarts (Beck &amp; Teboulle 2009; O'Donoghue &amp; Candès 2015).</summary>
    public double Optimum(Loss loss, DualSolverOptions options)
    {
        var outputs = Outputs(loss);
        var weights = new double[_columns * outputs];
        var (point, gradient) = ((double[])weights.Clone(), new double[weights.Length]);
        var length = 1.0 / (1 + Curvature(options, loss == Loss.SquaredHinge ? 2 : 0.5));
        var (momentum, best) = (1.0, Objective(weights, loss, options));
        for (var (step, still) = (0, 0); step < 20_000 && still < 50; step++)
        {
            Smooth(point, loss, options, gradient);
            var next = new double[weights.Length];
            for (var i = 0; i < next.Length; i++)
            {
                var moved = point[i] - (length * gradient[i]);
                next[i] = Math.CopySign(Math.Max(0, Math.Abs(moved) - (length * options.L1Ratio)), moved);
            }
            var objective = Objective(next, loss, options);
            if (objective > best)
                momentum = 1;
            still = objective > best * (1 - 1e-9) ? still + 1 : 0;
            best = Math.Min(best, objective);
            var following = (1 + Math.Sqrt(1 + (4 * momentum * momentum))) / 2;
            for (var i = 0; i < next.Length; i++)
                point[i] = next[i] + ((momentum - 1) / following * (next[i] - weights[i]));
            (weights, momentum) = (next, following);
        }
        return best;
    }

    private static double Scale(DualSolverOptions options, int column) => Math.Sqrt(options.ColumnPenalties?[column] ?? 1);

    private double Curvature(DualSolverOptions options, double ofLoss) => ofLoss * options.C * _rows.Select((row, i) =>
        (options.ClassWeights?[_labels[i]] ?? 1) * row.Select((value, column) => Math.Pow(value * Scale(options, column), 2)).Sum()).Sum();

    private double Objective(double[] weights, Loss loss, DualSolverOptions options) =>
        Smooth(weights, loss, options, null) + (options.L1Ratio * weights.Sum(Math.Abs));

    private double Smooth(double[] weights, Loss loss, DualSolverOptions options, double[]? gradient)
    {
        var outputs = Outputs(loss);
        var sum = weights.Sum(weight => weight * weight) * (1 - options.L1Ratio) / 2;
        for (var i = 0; gradient is not null && i < weights.Length; i++)
            gradient[i] = weights[i] * (1 - options.L1Ratio);
        var (scores, slopes) = (new double[outputs], new double[outputs]);
        for (var i = 0; i < _rows.Length; i++)
        {
            Array.Clear(scores);
            for (var column = 0; column < _columns; column++)
            {
                for (var k = 0; _rows[i][column] != 0 && k < outputs; k++)
                    scores[k] += _rows[i][column] * Scale(options, column) * weights[(column * outputs) + k];
            }
            var cost = options.C * (options.ClassWeights?[_labels[i]] ?? 1);
            sum += cost * LossOf(loss, scores, _labels[i], slopes);
            for (var column = 0; gradient is not null && column < _columns; column++)
            {
                for (var k = 0; _rows[i][column] != 0 && k < outputs; k++)
                    gradient[(column * outputs) + k] += cost * slopes[k] * _rows[i][column] * Scale(options, column);
            }
        }
        return sum;
    }

    private static double LossOf(Loss loss, double[] scores, int label, double[] slopes)
    {
        if (loss == Loss.MultinomialLogistic)
        {
            var most = scores.Max();
            var total = scores.Sum(score => Math.Exp(score - most));
            for (var k = 0; k < scores.Length; k++)
                slopes[k] = (Math.Exp(scores[k] - most) / total) - (k == label ? 1 : 0);
            return most + Math.Log(total) - scores[label];
        }
        var sum = 0.0;
        for (var k = 0; k < scores.Length; k++)
        {
            var sign = (scores.Length == 1 ? label == 1 : label == k) ? 1 : -1;
            var margin = sign * scores[k];
            if (loss == Loss.BinaryLogistic)
            {
                slopes[k] = -sign / (1 + Math.Exp(margin));
                sum += margin > 0 ? Math.Log(1 + Math.Exp(-margin)) : Math.Log(1 + Math.Exp(margin)) - margin;
            }
            else
            {
                slopes[k] = -2 * sign * Math.Max(0, 1 - margin);
                sum += Math.Pow(Math.Max(0, 1 - margin), 2);
            }
        }
        return sum;
    }
}
