using System.Runtime.InteropServices;
using Plumbline.Learning.Models;

namespace Plumbline.Learning.Trees;

/// <summary>Trees while they are collected; then they become a model's arrays.</summary>
internal sealed class TreeArrays
{
    public List<int> Roots { get; } = [];

    public List<TreeNode> Nodes { get; } = [];

    public List<float> Leaves { get; } = [];

    public List<float> Gains { get; } = [];

    public List<int> NodeRows { get; } = [];

    public List<int> LeafRows { get; } = [];

    /// <summary>Appends the trees of later rounds.</summary>
    public void Add(TreeArrays more)
    {
        var (nodes, leaves) = (Nodes.Count, Leaves.Count);
        foreach (var root in more.Roots)
            Roots.Add(Moved(root));
        foreach (var node in more.Nodes)
            Nodes.Add(node with { Left = Moved(node.Left), Right = Moved(node.Right) });
        Leaves.AddRange(more.Leaves);
        Gains.AddRange(more.Gains);
        NodeRows.AddRange(more.NodeRows);
        LeafRows.AddRange(more.LeafRows);

        int Moved(int target) => target >= 0 ? target + nodes : target - leaves;
    }

    public ModelSection[] Sections() =>
    [
        Section(TreeSections.Roots, Roots),
        ModelSection.Of<int>(TreeSections.Nodes, MemoryMarshal.Cast<TreeNode, int>(CollectionsMarshal.AsSpan(Nodes)), Nodes.Count, 4),
        Section(TreeSections.Leaves, Leaves),
        Section(TreeSections.Gains, Gains),
        Section(TreeSections.NodeRows, NodeRows),
        Section(TreeSections.LeafRows, LeafRows),
    ];

    private static ModelSection Section<TElement>(string name, List<TElement> values)
        where TElement : unmanaged => ModelSection.Of<TElement>(name, CollectionsMarshal.AsSpan(values));
}
