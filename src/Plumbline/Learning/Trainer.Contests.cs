using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Learning.Contests;
using Plumbline.Learning.Resampling;

namespace Plumbline.Learning;

internal sealed partial class Trainer
{
    private ContestOutcome Compete(Contest contest) => contest.RunAsync(_studies.Enough.CanBeCanceled ? CancellationToken.None : _cancellation).GetAwaiter().GetResult();

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
