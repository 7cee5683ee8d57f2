using Plumbline.Learning.Trees;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Families;

/// <summary>What the families of trees have in common.</summary>
internal static class TreeFamilies
{
    public const string Input = "input";
    public const string Sparse = "sparse";
    public const string Ngrams = "ngrams";

    private const string Svd = "svd";
    private const string Rank = "rank";
    private const int MostNgrams = 5000;

    /// <summary>Gradient, Hessian, and two scores of a row by a class.</summary>
    private const int DerivativeBytes = 24;

    /// <summary>A sampled value while bins are chosen: in a list that doubles, then by column.</summary>
    private const int SampledBytes = 36;

    /// <summary>Sums of a bin: gradients and Hessians.</summary>
    private const int BinBytes = 16;

    /// <summary>What trees look at, and class weights where they can matter.</summary>
    public static IEnumerable<Parameter> Space(TrainingShape shape)
    {
        yield return new CategoricalParameter(Input, [Sparse, Svd]);
        yield return new IntParameter(Ngrams, 200, MostNgrams, Log: true) { When = new Condition(Input, [Sparse]) };
        yield return new IntParameter(Rank, 20, SharedFits.MostComponents, Step: 20) { When = new Condition(Input, [Svd]) };
        if (shape.IsUneven)
            yield return new CategoricalParameter(LinearFit.ClassWeights, [.. Enum.GetValues<ClassWeighting>().Select(LinearFit.Name)]);
    }

    /// <summary>The share of rows that a tree grows on: of at least one row, as the library would refuse none and say so on standard error.</summary>
    public static ParameterValue RowShare(FitRequest request, string parameter) => Math.Max(request.Parameters[parameter].AsDouble(), 1.0 / request.Train.Rows);

    /// <summary>
    /// Derivatives and scores; the values that bins are chosen by; the binned rows, a byte a value; a histogram of every leaf; and the larger of what an input comes from: counts by
    /// n-gram and class, or the decomposition's two bases and components.
    /// </summary>
    public static long Memory(TrainingShape shape, int leaves)
    {
        var entries = shape.Entries + ((long)shape.Rows * SharedFits.MostComponents);
        var sampled = entries / Math.Max(1, shape.Rows) * Math.Min(shape.Rows, TreeDataset.MostSampled);
        var histograms = (long)leaves * MostNgrams * TreeFit.NgramBins * BinBytes;
        return ((long)shape.Rows * shape.Classes * DerivativeBytes) + (sampled * SampledBytes) + entries + histograms + SharedFits.DecompositionBytes(shape) + (3 * shape.ScoreBytes);
    }

    public static IFittedModel? Fit(FitRequest request, string family, Func<int[], int, float[]?, TreeLoss> loss, int rounds, IEnumerable<(string Name, ParameterValue Value)> parameters)
    {
        request.Cancellation.ThrowIfCancellationRequested();
        var labels = request.Train.Labels();
        var weights = ClassWeights.Of(LinearFit.ClassWeightingOf(request.Parameters), labels, request.Train.Classes);
        var selection = request.Parameters[Input].AsString() == Svd
            ? TreeSelection.Projected(request, (int)request.Parameters[Rank].AsInt64())
            : TreeSelection.Sparse(request, (int)request.Parameters[Ngrams].AsInt64());
        return new TreeFit(request, family, loss(labels, request.Train.Classes, weights), parameters).Run(selection, rounds);
    }
}
