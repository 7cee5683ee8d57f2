using System.Globalization;
using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Learning.Contests;
using Plumbline.Learning.Families;
using Plumbline.Learning.Models;
using Plumbline.Learning.Resampling;
using Plumbline.Text;
using Plumbline.Tuning;

namespace Plumbline.Learning;

/// <summary>
/// From labelled rows to a finished classifier: features and candidates learnt on train, everything chosen on valid, or both by folds; the winner fitted once more,
/// on both. Test is not read here. Deterministic for the data, options and seed, whatever the number of threads.
/// </summary>
internal sealed partial class Trainer
{
    /// <summary>Work and memory grow with rows × labels.</summary>
    private const int MostLabels = 2000;

    private const string Unknown = "unknown_ngrams";

    private readonly TrainingData _data;
    private readonly TrainingOptions _options;
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly ContestStudies _studies;
    private readonly bool _hasEnough;
    private readonly Func<IEnumerable<RecordBatch>> _readTrain;
    private readonly Func<IEnumerable<RecordBatch>> _readValid;
    private TimeSpan _learningCurveTime;

    private Trainer(TrainingData data, TrainingOptions options, IProgress<TrainingProgress>? progress, ContestStudies studies, CancellationToken cancellation)
    {
        _studies = studies;
        _hasEnough = studies.Enough.IsCancellationRequested;
        _data = data;
        _options = options;
        _progress = progress;
        _cancellation = cancellation;
        _readTrain = () => data.Read(Split.Train);
        _readValid = () => data.Read(Split.Valid);
    }

    /// <summary>What the rows held out decided, and what they looked like: valid, or those of all folds.</summary>
    private sealed record Choice(ContestOutcome Outcome, Calibration Calibration, DecisionRule Decision, ValidEvidence Valid)
    {
        public IReadOnlyList<FeatureDistribution> ValidNumeric { get; init; } = [];

        /// <summary>Null where the features of the final fit shall say it.</summary>
        public FeatureDistribution? UnknownNgrams { get; init; }

        public Func<IEnumerable<RecordBatch>> ReadValid { get; init; } = () => [];

        public long RowsTrain { get; init; }

        public long RowsValid { get; init; }

        public NgramCounts? Counts { get; init; }

        public IReadOnlyList<LearningCurvePoint> LearningCurve { get; init; } = [];
    }

    /// <param name="studies">Where a contest keeps its studies; null: nowhere.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="DatasetException">Train or valid has no rows, or train has one class only.</exception>
    public static TrainedModel Train(
        TrainingData data, TrainingOptions options, IProgress<TrainingProgress>? progress = null, ContestStudies? studies = null, CancellationToken cancellation = default)
    {
        var trainer = Of(data, options, progress, studies ?? ContestStudies.InMemory(TimeProvider.System), cancellation);
        return trainer.Fit(trainer.Prepared(trainer.ChooseByHoldout, trainer.ChooseByFolds));
    }

    /// <summary>Runs trials of a contest that another process holds, until all are finished. The data and options must be those that it was begun with.</summary>
    /// <returns>Trials that were finished here.</returns>
    /// <inheritdoc cref="Train" path="/exception"/>
    public static int Work(TrainingData data, TrainingOptions options, IProgress<TrainingProgress>? progress, ContestStudies studies, CancellationToken cancellation = default)
    {
        var trainer = Of(data, options, progress, studies, cancellation);
        return trainer.Prepared(
            (features, folds) => trainer.Contest(features, folds).WorkAsync(cancellation).GetAwaiter().GetResult(),
            learnt => trainer.Contest(learnt).WorkAsync(cancellation).GetAwaiter().GetResult());
    }

    private static Trainer Of(TrainingData data, TrainingOptions options, IProgress<TrainingProgress>? progress, ContestStudies studies, CancellationToken cancellation)
    {
        options.Validate();
        var ngrams = options.Features.Ngrams;
        var trainer = new Trainer(data, With(options, AdaptedNgrams(data, ngrams)), progress, studies, cancellation);
        return ngrams.Adapt && options.Contest is not null ? trainer.WithBetterWords() : trainer;
    }

    private static TrainingOptions With(TrainingOptions options, NgramOptions ngrams) => options with { Features = options.Features with { Ngrams = ngrams } };

    private static NgramOptions AdaptedNgrams(TrainingData data, NgramOptions ngrams)
    {
        if (!ngrams.Adapt)
            return ngrams;
        long texts = 0, characters = 0;
        foreach (var batch in data.Read(Split.Train))
        {
            texts += batch.Count;
            for (var record = 0; record < batch.Count; record++)
                characters += System.Text.Encoding.UTF8.GetCharCount(batch.Text(record));
        }
        // Said once and for all: what the bundle holds is what was done.
        return ngrams.ForTexts(texts, characters) with { Adapt = false };
    }

    /// <summary>Learns the features, then uses the rows as they make them: on train, with valid held out, or in every fold.</summary>
    private T Prepared<T>(Func<FittedFeatures, FoldSet, T> useHoldout, Func<FoldedFeatures, T> useFolds)
    {
        Report("features", 0, "learning the vocabulary");
        if (_data.Labels.Count > MostLabels)
            throw new DatasetException($"The label column has {_data.Labels.Count} different values; a classifier here has at most {MostLabels}. Is it the right column? Name another with --label.");
        if (_options.Contest is { Folds: { } count } contest)
        {
            using var learnt = FoldedFeatures.Learn(new FoldedRows(_data, count, contest.FoldBy ?? FoldBy.Stratified, _options.Seed), _data, _options, _cancellation);
            Report("features", 1, string.Create(CultureInfo.InvariantCulture, $"{learnt.Folds.Last.Ngrams:n0} n-grams, {learnt.Numeric.Count} numeric features in the last of {count} folds"));
            return useFolds(learnt);
        }
        var (features, train) = Learn(_readTrain);
        using var _ = features;
        using var __ = train;
        RequireClasses(train);
        using var valid = features.Transform(_readValid(), _data.Labels.Count, _cancellation);
        if (valid.Rows == 0)
            throw new DatasetException("The valid split has no rows; C, calibration and the decision rule are chosen on it.");
        Report("features", 1, string.Create(CultureInfo.InvariantCulture, $"{features.NgramCount:n0} n-grams, {features.Numeric.Count} numeric features, {features.Contract.Categories} categories"));
        return useHoldout(features, FoldSet.Holdout(train, valid, features.NgramCount));
    }

    private Choice ChooseByHoldout(FittedFeatures features, FoldSet folds)
    {
        var outcome = _options.Contest is null ? SearchLinear(folds.Last) : Compete(Contest(features, folds));
        var learningCurve = Curve(folds, outcome);
        return Decide(outcome, folds.Labels) with
        {
            ValidNumeric = NumericDistributions(features.Numeric, [folds.Last.HeldOut]),
            ReadValid = _readValid,
            RowsTrain = folds.Last.Train.Rows,
            RowsValid = folds.Last.HeldOut.Rows,
            Counts = features.Counts,
            LearningCurve = learningCurve,
        };
    }

    private Choice ChooseByFolds(FoldedFeatures learnt)
    {
        var folds = learnt.Folds;
        var outcome = Compete(Contest(learnt));
        var learningCurve = Curve(folds, outcome);
        return Decide(outcome, folds.Labels) with
        {
            ValidNumeric = NumericDistributions(learnt.Numeric, [.. folds.Folds.Select(fold => fold.HeldOut)]),
            UnknownNgrams = FeatureDistribution.Of(Unknown, learnt.UnknownNgrams),
            ReadValid = learnt.Rows.Judged,
            RowsTrain = _readTrain().Sum(batch => (long)batch.Count),
            RowsValid = _readValid().Sum(batch => (long)batch.Count),
            LearningCurve = learningCurve,
        };
    }

    /// <summary>Calibration and decision rule, by what the chosen one says of the rows held out.</summary>
    private Choice Decide(ContestOutcome outcome, int[] labels)
    {
        var (chosen, classes) = (outcome.Chosen, _data.Labels.Count);
        var calibration = CalibrationFit.Fit(chosen.ValidScores, labels, classes, _options.Calibration, chosen.LosesPrior);
        var probabilities = chosen.ValidScores;
        for (var row = 0; row < labels.Length; row++)
            calibration.Apply(probabilities.AsSpan(row * classes, classes));
        var decision = DecisionRuleFit.Fit(probabilities, labels, classes, _options.Seed, _options.Threads);
        var predicted = new int[labels.Length];
        for (var row = 0; row < predicted.Length; row++)
            predicted[row] = decision.Choose(probabilities.AsSpan(row * classes, classes));
        Report("calibrate", 1, string.Create(CultureInfo.InvariantCulture, $"temperature {calibration.Temperature:f2}, {(decision.IsArgmax ? "argmax" : "offsets")}"));
        return new Choice(outcome, calibration, decision, new ValidEvidence(labels, probabilities, predicted));
    }

    private IReadOnlyList<LearningCurvePoint> Curve(FoldSet folds, ContestOutcome outcome)
    {
        if (!_options.LearningCurve && _options.Contest is null)
            return [];
        Report("learning curve", 0, "fitting on shares of train");
        var begun = _studies.Time.GetTimestamp();
        var last = folds.Last;
        var whole = Contestant.MacroF1(folds.Of(last, outcome.Chosen.ValidScores), last.HeldOut.Labels(), folds.Classes);
        var curve = LearningCurve.Of(last.Train, last.HeldOut, whole, part => FitChosen(part, last.Ngrams, outcome), _options, _studies.Enough);
        _learningCurveTime = _studies.Time.GetElapsedTime(begun);
        Report("learning curve", 1, string.Create(CultureInfo.InvariantCulture, $"{curve.Count} points"));
        return curve;
    }

    private TrainedModel Fit(Choice choice)
    {
        var read = _options.Refit ? () => _readTrain().Concat(_readValid()) : _readTrain;
        var (features, matrix) = Learn(read, choice.Counts is { } counts ? (counts, _options.Refit ? _readValid() : []) : null);
        using var _ = features;
        using var __ = matrix;
        // A fit is sequential; another thread looks up the names meanwhile.
        IFittedModel model = null!;
        string?[] names = null!;
        try
        {
            Parallel.Invoke(
                new ParallelOptions { MaxDegreeOfParallelism = _options.Threads, CancellationToken = _cancellation },
                () => model = FitChosen(matrix, features.NgramCount, choice.Outcome),
                () => names = features.Names(read()));
        }
        catch (AggregateException failure) when (!_cancellation.IsCancellationRequested)
        {
            throw new DatasetException(
                $"{choice.Outcome.Chosen.Result.Candidate.Family}, which was chosen, could not be fitted on {(_options.Refit ? "train and valid together" : "train")}: {Study.ReasonOf(failure.GetBaseException())} Try more memory, {(_options.Refit ? "--no-refit, " : "")}or --families without it; trials of a contest are kept.",
                failure);
        }
        Report("refit", 1, _options.Refit ? "fitted on train + valid" : "fitted on train");

        var parameters = model.Parameters(features);
        var classifier = new Classifier(features.Contract, _data.Labels.Count, parameters.Shape, parameters, choice.Calibration, choice.Decision);
        var unknown = choice.UnknownNgrams ?? FeatureDistribution.Of(Unknown, choice.ReadValid().SelectMany(batch => UnknownShares(classifier, batch)));
        var categorical = CategoryDistribution.Of(features.Contract, choice.ReadValid());
        return new TrainedModel(
            _data.Labels, features.Contract, parameters, names, choice.Calibration, choice.Decision, choice.Outcome.Chosen.Result.Candidate, choice.Outcome.Candidates,
            DriftBaseline.Of(choice.Valid, _data.Labels.Count, choice.ValidNumeric, unknown, categorical), choice.Valid, choice.RowsTrain, choice.RowsValid, choice.Outcome.Report)
        {
            LearningCurve = choice.LearningCurve,
            LearningCurveTime = _learningCurveTime,
        };
    }

    /// <summary>To convergence, or for as many steps as were found best.</summary>
    private IFittedModel FitChosen(FeatureMatrix matrix, int ngrams, ContestOutcome outcome)
    {
        using var shared = new SharedFits(matrix, ngrams) { Memory = _options.Memory };
        if (outcome.Ensemble is not { } ensemble)
            return FitOne(outcome.Chosen.Result);
        var members = ensemble.Members;
        var fitted = new IFittedModel[members.Count];
        var (memory, shape) = (new MemoryGate(_options.Contest!.MemoryBytes), TrainingShape.Of(matrix, ngrams) with { Svd = _options.Contest.Svd });
        Parallel.For(0, members.Count, new ParallelOptions { MaxDegreeOfParallelism = _options.Threads, CancellationToken = _cancellation }, member =>
        {
            var result = members[member].Result;
            using var room = memory.EnterAsync(ModelFamilies.Of(result.Candidate.Family).Memory(shape), _cancellation).GetAwaiter().GetResult();
            fitted[member] = FitOne(result);
        });
        return new FittedEnsemble(
            outcome.Chosen.Result.Candidate.Family, _data.Labels.Count, [.. fitted.Zip(members, (model, member) => (model, member.Weight, member.Calibration))], ensemble.Stacking);

        IFittedModel FitOne(CandidateResult chosen)
        {
            var family = ModelFamilies.Of(chosen.Candidate.Family);
            var request = new FitRequest(matrix, ngrams, chosen.Candidate.Parameters, _options.Seed)
            {
                Shared = shared,
                Steps = _options.EarlyStopping is not null || family.StepsAddCapacity ? chosen.Steps : null,
                Cancellation = _cancellation,
            };
            return family.Fit(request)!;
        }
    }

    private (FittedFeatures Features, FeatureMatrix Matrix) Learn(
        Func<IEnumerable<RecordBatch>> read, (NgramCounts, IEnumerable<RecordBatch>)? counted = null) => FittedFeatures.Learn(
        read, _data.Labels.Count, _data.IsOrdered, _options.Features, _options.Threads, _options.Memory, _cancellation, counted);

    private void Report(string stage, int done, string message) => _progress?.Report(new TrainingProgress(stage, done, 1, message));

    private static List<FeatureDistribution> NumericDistributions(IReadOnlyList<NumericFeature> features, FeatureMatrix[] matrices)
    {
        var count = features.Count;
        return
        [
            .. features.Select((numeric, feature) => FeatureDistribution.Of(
                numeric.Name,
                matrices.SelectMany(matrix => Enumerable.Range(0, matrix.Blocks.Count).Select(matrix.Blocks.Outline))
                    .SelectMany(block => Enumerable.Range(0, block.Rows).Select(row => block.Numeric[(row * count) + feature])))),
        ];
    }

    /// <summary>For each text the share of its n-grams that the contract does not know.</summary>
    private static IEnumerable<float> UnknownShares(Classifier classifier, RecordBatch batch)
    {
        for (var record = 0; record < batch.Count; record++)
        {
            var (all, known) = classifier.CountNgrams(batch.Text(record));
            yield return all == 0 ? 0 : 1 - ((float)known / all);
        }
    }

    private void RequireClasses(FeatureMatrix train)
    {
        if (train.Rows == 0)
            throw new DatasetException("The train split has no rows.");
        var counts = ClassWeights.Counts(train.Labels(), _data.Labels.Count);
        if (counts.Count(count => count > 0) < 2)
            throw new DatasetException($"The train split has one label only ('{_data.Labels[Array.FindIndex(counts, count => count > 0)]}'); a classifier needs two.");
    }
}
