using System.Runtime.CompilerServices;
using Plumbline.Learning.Models;

namespace Plumbline.Learning.Trees;

/// <summary>Trees in rounds, one a round for every output. Immutable and thread-safe; the memory that it points to must outlive it.</summary>
internal sealed unsafe class TreeModel
{
    private readonly int* _roots;
    private readonly TreeNode* _nodes;
    private readonly float* _leaves;

    /// <exception cref="InvalidDataException">An array is missing or of another length, or a node points outside, or not onwards.</exception>
    public TreeModel(int outputs, int inputs, IModelMemory memory)
    {
        Outputs = outputs;
        var roots = memory.Array<int>(TreeSections.Roots);
        var nodes = memory.Array<int>(TreeSections.Nodes);
        var leaves = memory.Array<float>(TreeSections.Leaves);
        _roots = roots.Start;
        _nodes = (TreeNode*)nodes.Start;
        _leaves = leaves.Start;
        (Trees, Nodes, Leaves) = (checked((int)roots.Length), checked((int)nodes.Length / 4), checked((int)leaves.Length));
        if (Trees % outputs != 0)
            throw new InvalidDataException($"{Trees} trees do not go with {outputs} outputs");
        Check(inputs);
    }

    /// <summary>Scores that the trees of a round add to.</summary>
    public int Outputs { get; }

    public int Trees { get; }

    public int Nodes { get; }

    public int Leaves { get; }

    public int Rounds => Trees / Outputs;

    public ref readonly TreeNode Node(int node) => ref _nodes[node];

    public int Root(int tree) => _roots[tree];

    public float Leaf(int leaf) => _leaves[leaf];

    /// <summary>Adds what the trees say of a row, in the order of the trees.</summary>
    /// <param name="inputs">Value of every input, 0 where the row has none.</param>
    /// <param name="sums">One an output.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(ReadOnlySpan<float> inputs, Span<float> sums)
    {
        fixed (float* input = inputs)
        {
            for (var tree = 0; tree < Trees;)
            {
                for (var output = 0; output < sums.Length; output++, tree++)
                {
                    var at = _roots[tree];
                    while (at >= 0)
                    {
                        var node = _nodes + at;
                        at = input[node->Input] <= node->Threshold ? node->Left : node->Right;
                    }
                    sums[output] += _leaves[~at];
                }
            }
        }
    }

    /// <summary>Children stand after their parent, so that every path ends.</summary>
    private void Check(int inputs)
    {
        for (var tree = 0; tree < Trees; tree++)
            CheckTarget(_roots[tree], -1);
        for (var at = 0; at < Nodes; at++)
        {
            CheckTarget(_nodes[at].Left, at);
            CheckTarget(_nodes[at].Right, at);
            if ((uint)_nodes[at].Input >= (uint)inputs)
                throw new InvalidDataException($"node {at} of the trees asks for input {_nodes[at].Input} of {inputs}");
        }
    }

    private void CheckTarget(int target, int from)
    {
        if (target >= Nodes || ~target >= Leaves || (target >= 0 && target <= from))
            throw new InvalidDataException($"node {from} of the trees leads to {target}, with {Nodes} nodes and {Leaves} leaves");
    }
}
