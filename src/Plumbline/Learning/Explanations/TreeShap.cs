using Plumbline.Learning.Models;
using Plumbline.Learning.Trees;

namespace Plumbline.Learning.Explanations;

/// <summary>
/// What each input moved the sum over trees by, for one row: Shapley values where an input that is not known goes both ways, by the training rows that went each way
/// (TreeSHAP, path-dependent; Lundberg et al. 2020, algorithm 2). Immutable and thread-safe; the memory of the model must outlive it.
/// </summary>
internal sealed class TreeShap
{
    /// <summary>Trees grown here have at most 128 leaves, so a deeper one was not.</summary>
    private const int MostDepth = 512;

    private readonly TreeEvaluation _evaluation;
    private readonly IModelMemory _memory;
    private readonly ModelArray<int> _nodeRows;
    private readonly ModelArray<int> _leafRows;
    private readonly int _depth;
    private readonly double[] _expected;

    /// <param name="evaluation">Over <paramref name="memory"/>.</param>
    /// <exception cref="InvalidDataException">An array is missing or of another length, a tree is too deep, or no training rows went somewhere.</exception>
    public TreeShap(TreeEvaluation evaluation, IModelMemory memory)
        : this(evaluation, memory.Array<int>(TreeSections.NodeRows), memory.Array<int>(TreeSections.LeafRows), memory)
    {
    }

    /// <inheritdoc cref="TreeShap(TreeEvaluation, IModelMemory)"/>
    public TreeShap(TreeEvaluation evaluation, ModelArray<int> nodeRows, ModelArray<int> leafRows, IModelMemory memory)
    {
        (_evaluation, _memory, _nodeRows, _leafRows) = (evaluation, memory, nodeRows, leafRows);
        var model = evaluation.Model;
        if (nodeRows.Length != model.Nodes || leafRows.Length != model.Leaves)
            throw new InvalidDataException($"training rows of {nodeRows.Length} nodes and {leafRows.Length} leaves do not go with {model.Nodes} and {model.Leaves}");
        _depth = DepthOf(model);
        _expected = new double[model.Outputs];
        for (var tree = 0; tree < model.Trees; tree++)
            _expected[tree % model.Outputs] += Mean(model, model.Root(tree));
        for (var output = 0; output < model.Outputs; output++)
            _expected[output] = (_expected[output] / Divisor) + evaluation.Base[output];
    }

    /// <summary>The mean over the training rows, one an output: of scores, or of shares where the model is a forest.</summary>
    public IReadOnlyList<double> Expected => _expected;

    /// <summary>A forest's sums are means over rounds.</summary>
    private double Divisor => _evaluation.Link == TreeLink.Share ? Math.Max(1, _evaluation.Model.Rounds) : 1;

    /// <summary>Inputs × outputs, input-major: with <see cref="Expected"/> they add up to the score of an output, or to its share before the logarithm where the model is a forest.</summary>
    public void Explain(FeatureRow row, Span<double> contributions)
    {
        var model = _evaluation.Model;
        contributions.Clear();
        var inputs = _evaluation.Fill(row, out var filled);
        var walk = new Walk(this, inputs, contributions, new ShapPath[(_depth + 2) * (_depth + 3) / 2]);
        for (var tree = 0; tree < model.Trees; tree++)
        {
            if (model.Root(tree) >= 0)
                walk.Visit(model.Root(tree), tree % model.Outputs, 0, 0, new ShapPath(-1, 1, 1, 0));
        }
        foreach (var input in filled)
            inputs[input] = 0;
        foreach (ref var contribution in contributions)
            contribution /= Divisor;
        GC.KeepAlive(_memory);
    }

    private int Rows(int target) => target >= 0 ? _nodeRows.Span[target] : _leafRows.Span[~target];

    /// <summary>Mean over the training rows of what a subtree says.</summary>
    private double Mean(TreeModel model, int target)
    {
        if (target < 0)
            return model.Leaf(~target);
        ref readonly var node = ref model.Node(target);
        double rows = Rows(target);
        return ((Rows(node.Left) * Mean(model, node.Left)) + (Rows(node.Right) * Mean(model, node.Right))) / rows;
    }

    private int DepthOf(TreeModel model)
    {
        var depths = new int[model.Nodes];
        var deepest = 0;
        for (var at = 0; at < depths.Length; at++)
        {
            ref readonly var node = ref model.Node(at);
            foreach (var child in (ReadOnlySpan<int>)[node.Left, node.Right])
            {
                if (Rows(child) < 1)
                    throw new InvalidDataException($"no training rows went from node {at} to {child}");
                if (child >= 0)
                    depths[child] = depths[at] + 1;
            }
            deepest = Math.Max(deepest, depths[at] + 1);
        }
        return deepest <= MostDepth ? deepest : throw new InvalidDataException($"a tree is {deepest} deep, which is more than {MostDepth}");
    }

    /// <summary>One step of a path from the root.</summary>
    /// <param name="Input">What was asked for.</param>
    /// <param name="Zero">Share of rows that come this way where the input is not known.</param>
    /// <param name="One">1 if this row comes this way, else 0.</param>
    /// <param name="Weight">Of the sets of known inputs that have as many members as the step's place.</param>
    private record struct ShapPath(int Input, double Zero, double One, double Weight);

    /// <summary>The recursion over one row's trees; paths lie one behind the other in a buffer, one a depth.</summary>
    private readonly ref struct Walk(TreeShap shap, ReadOnlySpan<float> inputs, Span<double> contributions, ShapPath[] paths)
    {
        private readonly ReadOnlySpan<float> _inputs = inputs;
        private readonly Span<double> _contributions = contributions;

        /// <param name="start">Where the parent's path lies; its length is <paramref name="length"/>.</param>
        public void Visit(int target, int output, int start, int length, ShapPath step)
        {
            var path = paths.AsSpan(start + length, length + 1);
            paths.AsSpan(start, length).CopyTo(path);
            Extend(path, step);
            if (target < 0)
            {
                AddLeaf(path, target, output);
                return;
            }
            ref readonly var node = ref shap._evaluation.Model.Node(target);
            var (zero, one) = (1.0, 1.0);
            var known = length + 1;
            for (var i = 1; i < path.Length; i++)
            {
                if (path[i].Input != node.Input)
                    continue;
                (zero, one) = (path[i].Zero, path[i].One);
                Unwind(path, i);
                known--;
                break;
            }
            double rows = shap.Rows(target);
            var (hot, cold) = _inputs[node.Input] <= node.Threshold ? (node.Left, node.Right) : (node.Right, node.Left);
            Visit(hot, output, start + length, known, new ShapPath(node.Input, zero * shap.Rows(hot) / rows, one, 0));
            Visit(cold, output, start + length, known, new ShapPath(node.Input, zero * shap.Rows(cold) / rows, 0, 0));
        }

        private void AddLeaf(Span<ShapPath> path, int target, int output)
        {
            var leaf = shap._evaluation.Model.Leaf(~target);
            for (var i = 1; i < path.Length; i++)
                _contributions[(path[i].Input * shap._evaluation.Model.Outputs) + output] += UnwoundSum(path, i) * (path[i].One - path[i].Zero) * leaf;
        }

        /// <summary>Adds the last step to all sets.</summary>
        private static void Extend(Span<ShapPath> path, ShapPath step)
        {
            var last = path.Length - 1;
            path[last] = step with { Weight = last == 0 ? 1 : 0 };
            for (var i = last - 1; i >= 0; i--)
            {
                path[i + 1].Weight += step.One * path[i].Weight * (i + 1) / path.Length;
                path[i].Weight = step.Zero * path[i].Weight * (last - i) / path.Length;
            }
        }

        /// <summary>Takes step <paramref name="at"/> out again; the path is then one shorter.</summary>
        private static void Unwind(Span<ShapPath> path, int at)
        {
            var last = path.Length - 1;
            var (zero, one) = (path[at].Zero, path[at].One);
            var next = path[last].Weight;
            for (var i = last - 1; i >= 0; i--)
            {
                if (one != 0)
                {
                    var weight = path[i].Weight;
                    path[i].Weight = next * path.Length / ((i + 1) * one);
                    next = weight - (path[i].Weight * zero * (last - i) / path.Length);
                }
                else
                    path[i].Weight = path[i].Weight * path.Length / (zero * (last - i));
            }
            for (var i = at; i < last; i++)
                path[i] = path[i + 1] with { Weight = path[i].Weight };
        }

        /// <summary>Sum of the weights without step <paramref name="at"/>.</summary>
        private static double UnwoundSum(ReadOnlySpan<ShapPath> path, int at)
        {
            var last = path.Length - 1;
            var (zero, one) = (path[at].Zero, path[at].One);
            var next = path[last].Weight;
            double sum = 0;
            for (var i = last - 1; i >= 0; i--)
            {
                if (one != 0)
                {
                    var weight = next * path.Length / ((i + 1) * one);
                    sum += weight;
                    next = path[i].Weight - (weight * zero * (last - i) / path.Length);
                }
                else
                    sum += path[i].Weight * path.Length / (zero * (last - i));
            }
            return sum;
        }
    }
}
