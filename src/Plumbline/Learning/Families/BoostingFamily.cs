using Plumbline.Learning.LightGbm;
using Plumbline.Learning.Trees;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Families;

/// <summary>Gradient boosting of trees (Friedman 2001; Ke et al. 2017) on the log-loss.</summary>
internal sealed class BoostingFamily : IModelFamily
{
    private const string Rounds = "rounds";
    private const string LearningRate = "learning_rate";
    private const string Leaves = "leaves";
    private const string MinRows = "min_rows";
    private const string FeatureFraction = "feature_fraction";
    private const string RowFraction = "row_fraction";
    private const string L2 = "l2";
    private const int MostRounds = 300;
    private const int MostLeaves = 31;

    public string Name => "boosting";

    public int Complexity => 5;

    public string? Unavailable => LightGbmLibrary.Unavailable;

    public int MostSteps => MostRounds;

    public int LeastSteps => 20;

    public bool StepsAddCapacity => true;

    public TrialParameters Default => new(
    [
        new(TreeFamilies.Input, TreeFamilies.Sparse), new(TreeFamilies.Ngrams, 2000), new(Rounds, 150), new(LearningRate, 0.1), new(Leaves, 8), new(MinRows, 10),
        new(FeatureFraction, 1.0), new(RowFraction, 0.8), new(L2, 1.0),
    ]);

    public SearchSpace Space(TrainingShape shape) => new(
    [
        .. TreeFamilies.Space(shape),
        new IntParameter(Rounds, 50, MostRounds, Step: 10),
        new FloatParameter(LearningRate, 0.01, 0.3, Log: true),
        new IntParameter(Leaves, 4, MostLeaves, Log: true),
        new IntParameter(MinRows, 2, 100, Log: true),
        new FloatParameter(FeatureFraction, 0.3, 1),
        new FloatParameter(RowFraction, 0.5, 1),
        new FloatParameter(L2, 1e-3, 10, Log: true),
    ]);

    public long Memory(TrainingShape shape) => TreeFamilies.Memory(shape, MostLeaves);

    public IFittedModel? Fit(FitRequest request)
    {
        var parameters = request.Parameters;
        return TreeFamilies.Fit(
            request, Name, (labels, classes, weights) => new SoftmaxLoss(labels, classes, weights), (int)parameters[Rounds].AsInt64(),
            [
                ("learning_rate", parameters[LearningRate]), ("num_leaves", parameters[Leaves]), ("min_data_in_leaf", parameters[MinRows]),
                ("feature_fraction", parameters[FeatureFraction]), ("bagging_fraction", TreeFamilies.RowShare(request, RowFraction)), ("bagging_freq", 1), ("lambda_l2", parameters[L2]),
            ]);
    }
}
