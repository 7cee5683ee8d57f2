using Plumbline.Features;
using Plumbline.Learning.Models;
using Plumbline.Learning.Trees;

namespace Plumbline.Learning.Explanations;

/// <summary>Scores of boosted trees over n-grams, which are sums of what <see cref="TreeShap"/> says of each feature.</summary>
internal sealed class TreeShapScorer : TreeScorer, IAdditiveScorer
{
    private readonly FeatureContract _contract;
    private readonly Lazy<TreeShap> _shap;
    private readonly Lazy<int[]> _columns;

    /// <inheritdoc cref="TreeScorer(ModelShape, FeatureTable, NumericScaling, FeatureContract, IModelMemory)"/>
    public TreeShapScorer(ModelShape shape, FeatureTable table, NumericScaling scaling, FeatureContract contract, IModelMemory memory)
        : base(shape, table, scaling, contract, memory)
    {
        _contract = contract;
        // A bundle maps sections one at a time, so not later.
        var nodeRows = memory.Array<int>(TreeSections.NodeRows);
        var leafRows = memory.Array<int>(TreeSections.LeafRows);
        _shap = new Lazy<TreeShap>(() => new TreeShap(Evaluation, nodeRows, leafRows, memory));
        _columns = new Lazy<int[]>(Evaluation.Inputs.Columns);
    }

    /// <summary>Whether scores are sums over n-grams: components mix them, and logarithms of shares are no sums.</summary>
    public static bool Fits(ModelShape shape) => shape.Trees is { Rank: 0, Link: TreeLink.Sum };

    /// <summary>What n-grams that the text has not add is that of none, beside the mean.</summary>
    public void Contribute(FeatureBuffer buffer, Span<double> contributions)
    {
        var outputs = Evaluation.Model.Outputs;
        var classes = outputs == 1 ? 2 : outputs;
        var ofInputs = new double[Evaluation.Inputs.Count * outputs];
        _shap.Value.Explain(Row(buffer), ofInputs);
        var targets = new Dictionary<int, int>(buffer.Count);
        for (var i = 0; i < buffer.Count; i++)
            targets[buffer.Indices[i]] = i;
        var others = OthersOf(buffer.Count);
        var none = buffer.Count + _contract.Numeric.Count + _contract.Categorical.Count;
        contributions.Clear();
        for (var input = 0; input < _columns.Value.Length; input++)
        {
            var column = _columns.Value[input];
            var target = column >= _contract.NgramFeatures ? others[column - _contract.NgramFeatures] : targets.GetValueOrDefault(column, none);
            Add(ofInputs.AsSpan(input * outputs, outputs), target, contributions);
        }
        Add([.. _shap.Value.Expected], none, contributions);

        void Add(ReadOnlySpan<double> values, int target, Span<double> sums)
        {
            for (var output = 0; output < outputs; output++)
                sums[(target * classes) + classes - outputs + output] += values[output];
        }
    }

    /// <summary>Where the columns after the n-grams go: each number to itself, all categories of a column to that column.</summary>
    private int[] OthersOf(int ngrams)
    {
        var others = new List<int>();
        for (var feature = 0; feature < _contract.Numeric.Count; feature++)
            others.Add(ngrams + feature);
        for (var column = 0; column < _contract.Categorical.Count; column++)
            others.AddRange(Enumerable.Repeat(ngrams + _contract.Numeric.Count + column, _contract.Categorical[column].Categories.Count));
        return [.. others];
    }
}
