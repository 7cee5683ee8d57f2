using Plumbline.Datasets;
using Plumbline.Features;

namespace Plumbline.Learning.Resampling;

/// <summary>The matrices of all folds: each has features of its own, learnt without the rows that it holds out. Owns them.</summary>
internal sealed class FoldedFeatures : IDisposable
{
    private readonly List<Fold> _folds = [];
    private readonly List<FittedFeatures> _features = [];
    private readonly List<float> _unknown = [];

    private FoldedFeatures(FoldedRows rows) => Rows = rows;

    public FoldedRows Rows { get; }

    public FoldSet Folds { get; private set; } = null!;

    /// <summary>One a fold; none where nobody asks what models cost.</summary>
    public IReadOnlyList<FittedFeatures> Features => _features;

    /// <summary>Those of the features that are numeric; moments are the last fold's.</summary>
    public IReadOnlyList<NumericFeature> Numeric { get; private set; } = [];

    /// <summary>Of each row held out the share of its n-grams that the features of its fold do not know.</summary>
    public IReadOnlyList<float> UnknownNgrams => _unknown;

    /// <exception cref="DatasetException">The rows cannot be parted so, or a fold leaves rows of one class only; the message says why.</exception>
    public static FoldedFeatures Learn(FoldedRows rows, TrainingData data, TrainingOptions options, CancellationToken cancellation)
    {
        var learnt = new FoldedFeatures(rows);
        try
        {
            for (var fold = 0; fold < rows.Plan.Count; fold++)
                learnt.Add(fold, data, options, cancellation);
            var labels = new int[learnt._folds.Sum(fold => fold.Places.Length)];
            foreach (var fold in learnt._folds)
            {
                foreach (var (place, label) in fold.Places.Zip(fold.HeldOut.Labels()))
                    labels[place] = label;
            }
            learnt.Folds = new FoldSet(learnt._folds, labels);
            return learnt;
        }
        catch
        {
            learnt.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var features in _features)
            features.Dispose();
        foreach (var fold in _folds)
        {
            fold.Train.Dispose();
            fold.HeldOut.Dispose();
        }
    }

    private void Add(int fold, TrainingData data, TrainingOptions options, CancellationToken cancellation)
    {
        // All folds lie in memory together.
        var memory = options.Memory with { Bytes = options.Memory.Bytes / Rows.Plan.Count };
        var (features, train) = FittedFeatures.Learn(() => Rows.FittedOn(fold), data.Labels.Count, data.IsOrdered, options.Features, options.Threads, memory, cancellation);
        var isCosted = options.Contest!.Objectives.Count > 1;
        using var _ = isCosted ? null : features;
        using var __ = features.Counts;
        if (isCosted)
            _features.Add(features);
        try
        {
            if (train.Labels().Distinct().Count() < 2)
                throw new DatasetException($"folds: the rows that fold {fold + 1} of {Rows.Plan.Count} is fitted on have one label only; a classifier needs two. Ask for other folds (--folds, --fold-by).");
            _folds.Add(new Fold(train, features.Transform(Rows.HeldOut(fold), data.Labels.Count, cancellation), features.NgramCount, Rows.Places(fold)));
        }
        catch
        {
            train.Dispose();
            throw;
        }
        Numeric = features.Numeric;
        foreach (var batch in Rows.HeldOut(fold))
        {
            for (var record = 0; record < batch.Count; record++)
            {
                var (all, known) = features.CountNgrams(batch.Text(record));
                _unknown.Add(all == 0 ? 0 : 1 - ((float)known / all));
            }
        }
    }
}
