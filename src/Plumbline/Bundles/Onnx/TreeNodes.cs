using Plumbline.Bundles.Onnx.Proto;
using Plumbline.Learning.Trees;

namespace Plumbline.Bundles.Onnx;

/// <summary>Nodes and leaves of trees as the attributes of a <c>TreeEnsembleRegressor</c>.</summary>
internal sealed class TreeNodes
{
    private readonly int _outputs;
    private readonly List<long> _trees = [];
    private readonly List<long> _ids = [];
    private readonly List<long> _inputs = [];
    private readonly List<float> _thresholds = [];
    private readonly List<string> _modes = [];
    private readonly List<long> _lefts = [];
    private readonly List<long> _rights = [];
    private readonly List<long> _leafTrees = [];
    private readonly List<long> _leafIds = [];
    private readonly List<long> _targets = [];
    private readonly List<float> _weights = [];

    /// <param name="trees">Numbers of the trees, each of which has a node.</param>
    public TreeNodes(TreeModel model, IEnumerable<int> trees)
    {
        _outputs = model.Outputs;
        foreach (var tree in trees)
        {
            // Numbered in the order in which they are met: the root is 0.
            var met = new List<int> { model.Root(tree) };
            for (var id = 0; id < met.Count; id++)
            {
                if (met[id] < 0)
                {
                    AddLeaf(tree, id, model.Leaf(~met[id]));
                    continue;
                }
                var node = model.Node(met[id]);
                Add(tree, id, node, "BRANCH_LEQ", met.Count, met.Count + 1);
                met.AddRange([node.Left, node.Right]);
            }
        }
    }

    public AttributeProto[] Attributes() =>
    [
        OnnxAttribute.Of("n_targets", _outputs), OnnxAttribute.Of("nodes_treeids", _trees), OnnxAttribute.Of("nodes_nodeids", _ids), OnnxAttribute.Of("nodes_featureids", _inputs),
        OnnxAttribute.Of("nodes_values", _thresholds), OnnxAttribute.Of("nodes_modes", _modes), OnnxAttribute.Of("nodes_truenodeids", _lefts), OnnxAttribute.Of("nodes_falsenodeids", _rights),
        OnnxAttribute.Of("target_treeids", _leafTrees), OnnxAttribute.Of("target_nodeids", _leafIds), OnnxAttribute.Of("target_ids", _targets), OnnxAttribute.Of("target_weights", _weights),
    ];

    private void AddLeaf(int tree, int id, float value)
    {
        Add(tree, id, default, "LEAF", 0, 0);
        _leafTrees.Add(tree);
        _leafIds.Add(id);
        _targets.Add(tree % _outputs);
        _weights.Add(value);
    }

    private void Add(int tree, int id, TreeNode node, string mode, int left, int right)
    {
        _trees.Add(tree);
        _ids.Add(id);
        _inputs.Add(node.Input);
        _thresholds.Add(node.Threshold);
        _modes.Add(mode);
        _lefts.Add(left);
        _rights.Add(right);
    }
}
