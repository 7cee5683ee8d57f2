using System.Globalization;
using Plumbline.Learning.Trees;

namespace Plumbline.Learning.LightGbm;

/// <summary>Reads trees from the text in which LightGBM writes a model (version 4): a block of <c>key=value</c> lines a tree.</summary>
internal static class LightGbmText
{
    /// <exception cref="InvalidDataException">It is not such a text, or has splits that are not made here; the message says where.</exception>
    public static TreeArrays Parse(ReadOnlySpan<byte> text)
    {
        var all = new TreeArrays();
        var tree = new Block();
        var isInTree = false;
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range];
            if (line.StartsWith("Tree="u8))
                isInTree = true;
            else if (line.SequenceEqual("end of trees"u8))
                return all;
            else if (isInTree && line.IsEmpty)
            {
                all.Add(tree.Finish());
                isInTree = false;
            }
            else if (isInTree)
                tree.Read(line);
        }
        throw new InvalidDataException($"the text of LightGBM's model ends after {all.Roots.Count} trees, without saying that these are all");
    }

    /// <summary>The largest float that is not more: for a float x, x ≤ t is the same question.</summary>
    public static float Floor(double threshold)
    {
        var nearest = (float)threshold;
        return nearest > threshold ? MathF.BitDecrement(nearest) : nearest;
    }

    private sealed class Block
    {
        /// <summary>The bits of a node's <c>decision_type</c> that this reader does not know: categories, and values that are missing.</summary>
        private const int Unknown = 0b1101;

        private readonly List<double> _thresholds = [];
        private readonly List<double> _gains = [];
        private readonly List<double> _leaves = [];
        private readonly List<int> _inputs = [];
        private readonly List<int> _kinds = [];
        private readonly List<int> _left = [];
        private readonly List<int> _right = [];
        private readonly List<int> _nodeRows = [];
        private readonly List<int> _leafRows = [];

        public void Read(ReadOnlySpan<byte> line)
        {
            var split = line.IndexOf((byte)'=');
            var values = line[(split + 1)..];
            switch (line[..Math.Max(0, split)])
            {
                case var key when key.SequenceEqual("split_feature"u8): ReadAll(values, _inputs); break;
                case var key when key.SequenceEqual("split_gain"u8): ReadAll(values, _gains); break;
                case var key when key.SequenceEqual("threshold"u8): ReadAll(values, _thresholds); break;
                case var key when key.SequenceEqual("decision_type"u8): ReadAll(values, _kinds); break;
                case var key when key.SequenceEqual("left_child"u8): ReadAll(values, _left); break;
                case var key when key.SequenceEqual("right_child"u8): ReadAll(values, _right); break;
                case var key when key.SequenceEqual("internal_count"u8): ReadAll(values, _nodeRows); break;
                case var key when key.SequenceEqual("leaf_value"u8): ReadAll(values, _leaves); break;
                case var key when key.SequenceEqual("leaf_count"u8): ReadAll(values, _leafRows); break;
            }
        }

        public TreeArrays Finish()
        {
            var tree = new TreeArrays();
            if (_leaves.Count == 1)
                Clear(_inputs, _thresholds, _kinds, _left, _right, _gains, _nodeRows);
            var nodes = _inputs.Count;
            if (_leaves.Count != nodes + 1 || _thresholds.Count != nodes || _kinds.Count != nodes || _left.Count != nodes || _right.Count != nodes || _nodeRows.Count != nodes)
                throw new InvalidDataException($"LightGBM wrote a tree of {nodes} splits, {_thresholds.Count} thresholds, {_leaves.Count} leaves");
            if (_kinds.FirstOrDefault(kind => (kind & Unknown) != 0) is var odd and not 0)
                throw new InvalidDataException($"LightGBM wrote a split of kind {odd}; only numbers that are never missing are expected");
            tree.Roots.Add(nodes == 0 ? ~0 : 0);
            for (var node = 0; node < nodes; node++)
                tree.Nodes.Add(new TreeNode(_inputs[node], Floor(_thresholds[node]), _left[node], _right[node]));
            tree.Gains.AddRange(_gains.Select(gain => (float)gain));
            tree.Leaves.AddRange(_leaves.Select(leaf => (float)leaf));
            tree.NodeRows.AddRange(_nodeRows);
            tree.LeafRows.AddRange(_leafRows.Count == _leaves.Count ? _leafRows : [0]);
            Clear(_inputs, _thresholds, _kinds, _left, _right, _gains, _nodeRows, _leaves, _leafRows);
            return tree;
        }

        private static void Clear(params System.Collections.IList[] lists)
        {
            foreach (var list in lists)
                list.Clear();
        }

        private static void ReadAll<TNumber>(ReadOnlySpan<byte> values, List<TNumber> numbers)
            where TNumber : IUtf8SpanParsable<TNumber>
        {
            foreach (var range in values.Split((byte)' '))
            {
                if (values[range].IsEmpty)
                    continue;
                numbers.Add(TNumber.TryParse(values[range], CultureInfo.InvariantCulture, out var number)
                    ? number
                    : throw new InvalidDataException($"'{System.Text.Encoding.UTF8.GetString(values[range])}' in LightGBM's model is not a number"));
            }
        }
    }
}
