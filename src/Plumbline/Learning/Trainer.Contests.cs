using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Learning.Contests;
using Plumbline.Learning.Families;
using Plumbline.Learning.Resampling;
using Plumbline.Text;

namespace Plumbline.Learning;

internal sealed partial class Trainer
{
    /// <summary>Entries of train × scores of a row up to which a search over logistic regression takes seconds.</summary>
    private const long MostTried = 1 << 28;

    private ContestOutcome Compete(Contest contest) => contest.RunAsync(_studies.Enough.CanBeCanceled ? CancellationToken.None : _cancellation).GetAwaiter().GetResult();

    /// <summary>With words up to <see cref="NgramOptions.LongestWords"/> where logistic regression says more of valid with them, by macro-F1 and log-loss both; not with folds, where what valid says would leak.</summary>
    private Trainer WithBetterWords()
    {
        var wider = new Trainer(_data, With(_options, _options.Features.Ngrams with { WordMax = NgramOptions.LongestWords }), _progress, _studies, _cancellation);
        if (_options.Contest!.Folds is not null || _data.Labels.Count > MostLabels || TryWords() is not { } usual || wider.TryWords() is not { } more)
            return this;
        return more.MacroF1 > usual.MacroF1 && more.LogLoss < usual.LogLoss ? wider : this;
    }

    /// <returns>The best on valid; null where valid is empty, or there is too much to try.</returns>
    private CandidateResult? TryWords()
    {
        var words = _options.Features.Ngrams.WordMax;
        Report("features", 0, FormattableString.Invariant($"trying words 1 to {words}"));
        var (features, train) = Learn(_readTrain);
        using var _ = features;
        using var __ = train;
        RequireClasses(train);
        if (TrainingShape.Of(train, features.NgramCount).Entries * (train.Classes == 2 ? 1 : train.Classes) > MostTried)
            return null;
        using var valid = features.Transform(_readValid(), _data.Labels.Count, _cancellation);
        if (valid.Rows == 0)
            return null;
        var options = _options with { Contest = null, Families = [LinearFamily.Logistic], Weightings = [ClassWeighting.Natural] };
        // Who only chooses from what was found before has enough from the start, and needs the same words.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_cancellation, _hasEnough ? CancellationToken.None : _studies.Enough);
        var best = new LinearSearch(train, valid, features.NgramCount, options, progress: null).Run(stop.Token).Result;
        Report("features", 0, FormattableString.Invariant($"words 1 to {words}: macro-F1 {best.MacroF1:f4}, log-loss {best.LogLoss:f4} on valid"));
        return best;
    }

    private ContestOutcome SearchLinear(Fold fold)
    {
        var search = new LinearSearch(fold.Train, fold.HeldOut, fold.Ngrams, _options, _progress);
        var chosen = search.Run(_cancellation);
        return new ContestOutcome(chosen, [.. search.All.Select(fitted => fitted.Result)]);
    }

    private Contest Contest(FittedFeatures features, FoldSet folds) => Contest(folds, [Metered(features, _readValid)]);

    private Contest Contest(FoldedFeatures learnt) =>
        Contest(learnt.Folds, [.. learnt.Features.Select((features, fold) => Metered(features, () => learnt.Rows.HeldOut(fold)))]);

    private Contest Contest(FoldSet folds, MeteredFold[] metered) =>
        new(new ContestField(folds, new CostMeter(metered, folds.Classes, _options.Contest!.Objectives, _studies.Time)), _options, _studies, _progress);

    private MeteredFold Metered(FittedFeatures features, Func<IEnumerable<RecordBatch>> readHeldOut)
    {
        var records = 0;
        var isTimed = _options.Contest!.Objectives.Contains(ContestObjective.Latency);
        return new MeteredFold(features, isTimed ? [.. readHeldOut().TakeWhile(batch => (records += batch.Count) - batch.Count < CostMeter.Texts)] : []);
    }
}
