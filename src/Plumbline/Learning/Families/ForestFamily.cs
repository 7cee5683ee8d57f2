using Plumbline.Learning.LightGbm;
using Plumbline.Learning.Trees;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Families;

/// <summary>A random forest (Breiman 2001): every tree on a part of the rows and of the inputs (Ho 1998).</summary>
internal sealed class ForestFamily : IModelFamily
{
    /// <summary>With 128 a fit took a third longer, and gained less on valid than noise.</summary>
    private const int MostLeaves = 64;

    /// <summary>Of each class.</summary>
    private const int MostTrees = 100;

    private const string Trees = "trees";
    private const string Depth = "depth";
    private const string MinRows = "min_rows";
    private const string FeatureFraction = "feature_fraction";
    private const string RowFraction = "row_fraction";

    public string Name => "forest";

    public int Complexity => 4;

    public string? Unavailable => LightGbmLibrary.Unavailable;

    public int MostSteps => MostTrees;

    public TrialParameters Default => new(
    [
        new(TreeFamilies.Input, TreeFamilies.Sparse), new(TreeFamilies.Ngrams, 1000), new(Trees, 60), new(Depth, 18), new(MinRows, 2), new(FeatureFraction, 0.6),
        new(RowFraction, 0.5),
    ]);

    public SearchSpace Space(TrainingShape shape) => new(
    [
        .. TreeFamilies.Space(shape),
        new IntParameter(Trees, 20, MostTrees, Step: 10),
        new IntParameter(Depth, 6, 18),
        new IntParameter(MinRows, 1, 20, Log: true),
        new FloatParameter(FeatureFraction, 0.2, 1),
        new FloatParameter(RowFraction, 0.3, 0.8),
    ]);

    public long Memory(TrainingShape shape) => TreeFamilies.Memory(shape, MostLeaves);

    public IFittedModel? Fit(FitRequest request)
    {
        var parameters = request.Parameters;
        var depth = (int)parameters[Depth].AsInt64();
        return TreeFamilies.Fit(
            request, Name, (labels, classes, weights) => new ShareLoss(labels, classes, weights), (int)parameters[Trees].AsInt64(),
            [
                ("learning_rate", 1), ("num_leaves", Math.Min(1 << depth, MostLeaves)), ("max_depth", depth), ("min_data_in_leaf", parameters[MinRows]),
                ("feature_fraction", parameters[FeatureFraction]), ("bagging_fraction", TreeFamilies.RowShare(request, RowFraction)), ("bagging_freq", 1),
            ]);
    }
}
