using Plumbline.Features;
using Plumbline.Learning.Models;
using Plumbline.Learning.Trees;

namespace Plumbline.Learning.Explanations;

/// <summary>
/// Scores of trees, which are sums of what <see cref="TreeShap"/> says of each input: those of components are shared out to their n-grams, and those of a forest are carried
/// over from shares to their logarithms; docs/specs/features-and-learning.md says how.
/// </summary>
internal sealed class TreeShapScorer : TreeScorer, IAdditiveScorer
{
    private readonly FeatureContract _contract;
    private readonly Lazy<TreeShap> _shap;
    private readonly Lazy<int[]> _columns;
    private readonly ComponentShares? _components;

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
        _components = Evaluation.Inputs.Projection is { } projection ? new ComponentShares(projection, shape.Trees!.Means ?? new float[projection.Rank]) : null;
    }

    public int Leaves => Evaluation.Model.Leaves;

    private int Outputs => Evaluation.Model.Outputs;

    private int Classes => Outputs == 1 ? 2 : Outputs;

    /// <summary>What n-grams that the text has not add is that of none, beside the mean.</summary>
    public void Contribute(FeatureBuffer buffer, Span<double> contributions)
    {
        var ofInputs = new double[Evaluation.Inputs.Count * Outputs];
        var row = Row(buffer);
        _shap.Value.Explain(row, ofInputs);
        var targets = new Dictionary<int, int>(buffer.Count);
        for (var i = 0; i < buffer.Count; i++)
            targets[buffer.Indices[i]] = i;
        var others = OthersOf(buffer.Count);
        var none = buffer.Count + _contract.Numeric.Count + _contract.Categorical.Count;
        contributions.Clear();
        for (var input = Evaluation.Inputs.Rank; input < _columns.Value.Length; input++)
        {
            var column = _columns.Value[input];
            var target = column >= _contract.NgramFeatures ? others[column - _contract.NgramFeatures] : targets.GetValueOrDefault(column, none);
            Add(ofInputs.AsSpan(input * Outputs, Outputs), contributions[(target * Classes)..]);
        }
        if (_components is not null)
            ShareComponents(row, buffer.Count, ofInputs, contributions, none);
        if (Evaluation.Link == TreeLink.Share)
            CarryOver(contributions, none);
        else
            Add([.. _shap.Value.Expected], contributions[(none * Classes)..]);
    }

    private void Add(ReadOnlySpan<double> values, Span<double> target)
    {
        for (var output = 0; output < values.Length; output++)
            target[Classes - Outputs + output] += values[output];
    }

    private void ShareComponents(FeatureRow row, int ngrams, ReadOnlySpan<double> ofInputs, Span<double> contributions, int none)
    {
        var shares = new double[(ngrams + 1) * Outputs];
        _components!.Share(row, ngrams, ofInputs[..(_components.Rank * Outputs)], Outputs, shares);
        for (var i = 0; i <= ngrams; i++)
            Add(shares.AsSpan(i * Outputs, Outputs), contributions[((i < ngrams ? i : none) * Classes)..]);
    }

    /// <summary>From differences of shares to differences of scores: each times the slope from the mean share to the row's (the rescale rule, Shrikumar et al. 2017).</summary>
    private void CarryOver(Span<double> contributions, int none)
    {
        for (var output = 0; output < Outputs; output++)
        {
            var at = Classes - Outputs + output;
            var mean = _shap.Value.Expected[output];
            double difference = 0;
            for (var i = at; i < contributions.Length; i += Classes)
                difference += contributions[i];
            var rise = ScoreOf(mean + difference) - ScoreOf(mean);
            // Where the two shares are one the slope is that of the function.
            var slope = Math.Abs(difference) > 1e-9 ? rise / difference : 1 / Math.Max(TreeEvaluation.LeastShare, Outputs == 1 ? mean * (1 - mean) : mean);
            for (var i = at; i < contributions.Length; i += Classes)
                contributions[i] *= slope;
            contributions[(none * Classes) + at] += ScoreOf(mean);
        }
    }

    /// <summary>As <see cref="TreeEvaluation.Finish(Span{float})"/> has it.</summary>
    private double ScoreOf(double share)
    {
        share = Math.Clamp(share, TreeEvaluation.LeastShare, 1);
        return Outputs == 1 ? Math.Log(share) - Math.Log(Math.Max(TreeEvaluation.LeastShare, 1 - share)) : Math.Log(share);
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
