namespace Plumbline.Learning.Trees;

/// <summary>Names of the arrays of tree models.</summary>
internal static class TreeSections
{
    /// <summary>i32, trees: the node that each begins with, or ~leaf where it is one leaf. Tree t adds to output t mod outputs.</summary>
    public const string Roots = "trees.roots";

    /// <summary>i32, nodes × 4: input, threshold (the bits of an f32), left, right.</summary>
    public const string Nodes = "trees.nodes";

    /// <summary>f32, leaves: what a row that comes there gets.</summary>
    public const string Leaves = "trees.leaves";

    /// <summary>f32, nodes: by how much the split lowered the loss.</summary>
    public const string Gains = "trees.gains";

    /// <summary>i32, nodes: training rows that came there.</summary>
    public const string NodeRows = "trees.node_rows";

    /// <summary>i32, leaves: training rows that came there.</summary>
    public const string LeafRows = "trees.leaf_rows";

    /// <summary>f32, outputs: what every row begins with.</summary>
    public const string Base = "trees.base";

    /// <summary>i32, n-grams: place of each among those selected; −1 for none.</summary>
    public const string Places = "trees.places";

    /// <summary>f32, selected n-grams × rank: right singular vectors; absent where n-grams are inputs themselves.</summary>
    public const string Components = "trees.components";
}
