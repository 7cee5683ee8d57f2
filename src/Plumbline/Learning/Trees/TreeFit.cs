using System.Globalization;
using Plumbline.Features;
using Plumbline.Learning.Families;
using Plumbline.Learning.LightGbm;
using Plumbline.Learning.Models;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Learning.Trees;

/// <summary>Grows trees round by round. Not thread-safe.</summary>
/// <param name="parameters">Of LightGBM, such as <c>num_leaves=31</c>.</param>
internal sealed class TreeFit(FitRequest request, string family, TreeLoss loss, IEnumerable<(string Name, ParameterValue Value)> parameters)
{
    /// <summary>Rounds from one intermediate score to the next.</summary>
    public const int Interval = 10;

    /// <summary>Trees of a model: with many classes there are fewer rounds.</summary>
    private const int MostTrees = 3000;

    /// <summary>Derivatives and scores of the training rows that are held: 16 bytes each.</summary>
    private const long MostDerivatives = 1 << 27;

    /// <summary>Bins of an input that comes of n-grams, most of whose values are 0: with 63 a fit took a third longer, and gained less on valid than noise.</summary>
    public const int NgramBins = 15;

    private const int OtherBins = 63;

    private readonly TreeArrays _grown = new();
    private int _rounds;
    private float[]? _validSums;

    /// <exception cref="LightGbmException">The library refuses.</exception>
    /// <exception cref="InvalidOperationException">There are too many rows × classes.</exception>
    public IFittedModel? Run(TreeSelection selection, int rounds)
    {
        if ((long)loss.Outputs * loss.Rows > MostDerivatives)
            throw new InvalidOperationException($"{family}: {loss.Rows} rows × {loss.Outputs} classes are more than the {MostDerivatives} that fit in memory; leave this family out, or cap the rows.");
        rounds = request.Steps ?? Math.Clamp(MostTrees / loss.Outputs, 1, rounds);
        var shape = new ModelShape(family, TreeScorer.Kind, loss.Outputs, FeatureTable.StrideFor(0), Trees: selection.Shape(loss.Link));
        var inputs = new TreeInputs(shape.Trees!, request.Ngrams, new ModelParameters(shape, selection.Sections));
        if (inputs.Count > 0 && rounds > 0)
        {
            using var threads = LightGbmThreads.Enter(request.Threads);
            var common = Common(threads.Count);
            using var dataset = TreeDataset.Of(request.Train, inputs, $"{common} {Bins(inputs.Count - selection.Others, selection.Others)}", request.Cancellation);
            using var booster = LightGbmBooster.Create(dataset, string.Join(' ', parameters.Select(parameter => $"{parameter.Name}={parameter.Value}").Prepend(common)));
            if (!Grow(booster, rounds, shape, selection))
                return null;
        }
        return new FittedTrees(shape, Memory(shape, selection, _grown), request.Ngrams, _rounds, loss.IsWeighted);
    }

    /// <summary>The parameters that all fits have in common. Values are never missing here: a missing number is 0, the mean, as in every family.</summary>
    private string Common(int threads) => string.Create(
        CultureInfo.InvariantCulture,
        $"objective=none metric=none num_class={loss.Outputs} use_missing=false feature_pre_filter=false deterministic=true force_col_wise=true seed={(uint)request.Seed >> 1} num_threads={threads} verbosity=-1");

    private static string Bins(int ngramInputs, int others) => string.Create(
        CultureInfo.InvariantCulture,
        $"max_bin={OtherBins} max_bin_by_feature={string.Join(',', Enumerable.Repeat(NgramBins, ngramInputs).Concat(Enumerable.Repeat(OtherBins, others)))}");

    /// <returns>Whether nobody stopped it.</returns>
    private bool Grow(LightGbmBooster booster, int rounds, ModelShape shape, TreeSelection selection)
    {
        var scores = new double[(long)loss.Outputs * loss.Rows];
        var gradients = new float[scores.Length];
        var hessians = new float[scores.Length];
        loss.Derive(scores, gradients, hessians);
        for (var (round, isLast) = (1, false); !isLast; round++)
        {
            request.Cancellation.ThrowIfCancellationRequested();
            var isGrown = booster.Grow(gradients, hessians);
            isLast = !isGrown || round == rounds;
            var done = isGrown ? round : round - 1;
            if (done > _rounds && (isLast || (round % Interval == 0 && request.Intermediate is not null)) && !Take(booster, done, shape, selection))
                return false;
            if (isLast || !loss.FollowsScores)
                continue;
            booster.TrainScores(scores);
            loss.Derive(scores, gradients, hessians);
        }
        return true;
    }

    /// <summary>Takes the trees of the rounds since the last time, and reports what the valid rows score with them.</summary>
    /// <returns>Whether to go on.</returns>
    private bool Take(LightGbmBooster booster, int rounds, ModelShape shape, TreeSelection selection)
    {
        var more = LightGbmText.Parse(booster.Text(_rounds, rounds - _rounds));
        _grown.Add(more);
        _rounds = rounds;
        if (request.Valid is not { } valid || request.Intermediate is null)
            return true;
        _validSums ??= new float[(long)valid.Rows * valid.Classes];
        var memory = Memory(shape, selection, more);
        TreeScores.Add(new TreeEvaluation(shape, request.Ngrams, memory), valid, _validSums, request.Threads);
        return request.Continue(rounds, () =>
        {
            var scores = _validSums.ToArray();
            for (var row = 0; row < valid.Rows; row++)
                TreeEvaluation.Finish(scores.AsSpan(row * valid.Classes, valid.Classes), loss.Base, loss.Link, rounds);
            return scores;
        });
    }

    private ModelParameters Memory(ModelShape shape, TreeSelection selection, TreeArrays trees) =>
        new(shape, [.. selection.Sections, ModelSection.Of<float>(TreeSections.Base, loss.Base), .. trees.Sections()]);
}
