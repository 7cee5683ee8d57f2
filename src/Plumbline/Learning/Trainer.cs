using System.Globalization;
using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Learning.Contests;
using Plumbline.Learning.Families;
using Plumbline.Learning.Models;
using Plumbline.Text;

namespace Plumbline.Learning;

/// <summary>
/// From labelled rows to a finished classifier: features and candidates learnt on train, everything chosen on valid, the winner fitted once more,
/// on both. Test is not read here. Deterministic for the data, options and seed, whatever the number of threads.
/// </summary>
internal sealed class Trainer
{
    /// <summary>Work and memory grow with rows × labels.</summary>
    private const int MostLabels = 2000;

    private readonly TrainingData _data;
    private readonly TrainingOptions _options;
    private readonly IProgress<TrainingProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly ContestStudies _studies;
    private readonly Func<IEnumerable<RecordBatch>> _readTrain;
    private readonly Func<IEnumerable<RecordBatch>> _readValid;

    private Trainer(TrainingData data, TrainingOptions options, IProgress<TrainingProgress>? progress, ContestStudies studies, CancellationToken cancellation)
    {
        _studies = studies;
        _data = data;
        _options = options;
        _progress = progress;
        _cancellation = cancellation;
        _readTrain = () => data.Read(Split.Train);
        _readValid = () => data.Read(Split.Valid);
    }

    /// <summary>What valid decided, and what it looked like.</summary>
    private sealed record Choice(
        ContestOutcome Outcome, Calibration Calibration, DecisionRule Decision,
        ValidEvidence Valid, IReadOnlyList<FeatureDistribution> ValidNumeric, long RowsTrain, NgramCounts? Counts, IReadOnlyList<LearningCurvePoint> LearningCurve);

    /// <param name="studies">Where a contest keeps its studies; null: nowhere.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="DatasetException">Train or valid has no rows, or train has one class only.</exception>
    public static TrainedModel Train(
        TrainingData data, TrainingOptions options, IProgress<TrainingProgress>? progress = null, ContestStudies? studies = null, CancellationToken cancellation = default)
    {
        var trainer = Of(data, options, progress, studies ?? ContestStudies.InMemory(TimeProvider.System), cancellation);
        return trainer.Fit(trainer.Prepared(trainer.Choose));
    }

    /// <summary>Runs trials of a contest that another process holds, until all are finished. The data and options must be those that it was begun with.</summary>
    /// <returns>Trials that were finished here.</returns>
    /// <inheritdoc cref="Train" path="/exception"/>
    public static int Work(TrainingData data, TrainingOptions options, IProgress<TrainingProgress>? progress, ContestStudies studies, CancellationToken cancellation = default)
    {
        var trainer = Of(data, options, progress, studies, cancellation);
        return trainer.Prepared((features, train, valid) => trainer.Contest(features, train, valid).WorkAsync(cancellation).GetAwaiter().GetResult());
    }

    private static Trainer Of(TrainingData data, TrainingOptions options, IProgress<TrainingProgress>? progress, ContestStudies studies, CancellationToken cancellation)
    {
        options.Validate();
        return new Trainer(data, options with { Features = options.Features with { Ngrams = AdaptedNgrams(data, options.Features.Ngrams) } }, progress, studies, cancellation);
    }

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

    /// <summary>Learns the features, then uses the rows as they make them.</summary>
    private T Prepared<T>(Func<FittedFeatures, FeatureMatrix, FeatureMatrix, T> use)
    {
        Report("features", 0, "learning the vocabulary");
        var classes = _data.Labels.Count;
        if (classes > MostLabels)
            throw new DatasetException($"The label column has {classes} different values; a classifier here has at most {MostLabels}. Is it the right column? Name another with --label.");
        var (features, train) = Learn(_readTrain);
        using var _ = features;
        using var __ = train;
        RequireClasses(train);
        using var valid = features.Transform(_readValid(), classes, _cancellation);
        if (valid.Rows == 0)
            throw new DatasetException("The valid split has no rows; C, calibration and the decision rule are chosen on it.");
        Report("features", 1, string.Create(CultureInfo.InvariantCulture, $"{features.NgramCount:n0} n-grams, {features.Numeric.Count} numeric features, {features.Contract.Categories} categories"));
        return use(features, train, valid);
    }

    private Choice Choose(FittedFeatures features, FeatureMatrix train, FeatureMatrix valid)
    {
        var classes = valid.Classes;
        var outcome = Search(features, train, valid);
        var chosen = outcome.Chosen;
        var learningCurve = Curve(train, valid, features.NgramCount, outcome);
        var labels = valid.Labels();
        var calibration = CalibrationFit.Fit(chosen.ValidScores, labels, classes, _options.Calibration, chosen.LosesPrior);
        var probabilities = chosen.ValidScores;
        for (var row = 0; row < labels.Length; row++)
            calibration.Apply(probabilities.AsSpan(row * classes, classes));
        var decision = DecisionRuleFit.Fit(probabilities, labels, classes, _options.Seed, _options.Threads);
        var predicted = new int[labels.Length];
        for (var row = 0; row < predicted.Length; row++)
            predicted[row] = decision.Choose(probabilities.AsSpan(row * classes, classes));
        Report("calibrate", 1, string.Create(CultureInfo.InvariantCulture, $"temperature {calibration.Temperature:f2}, {(decision.IsArgmax ? "argmax" : "offsets")}"));
        return new Choice(
            outcome, calibration, decision,
            new ValidEvidence(labels, probabilities, predicted), NumericDistributions(features, valid), train.Rows, features.Counts, learningCurve);
    }

    private ContestOutcome Search(FittedFeatures features, FeatureMatrix train, FeatureMatrix valid)
    {
        if (_options.Contest is not null)
            return Contest(features, train, valid).RunAsync(_studies.Enough.CanBeCanceled ? CancellationToken.None : _cancellation).GetAwaiter().GetResult();
        var search = new LinearSearch(train, valid, features.NgramCount, _options, _progress);
        var chosen = search.Run(_cancellation);
        return new ContestOutcome(chosen, [.. search.All.Select(fitted => fitted.Result)]);
    }

    private Contest Contest(FittedFeatures features, FeatureMatrix train, FeatureMatrix valid)
    {
        var objectives = _options.Contest!.Objectives;
        var sample = new List<RecordBatch>();
        if (objectives.Contains(ContestObjective.Latency))
        {
            var records = 0;
            sample.AddRange(_readValid().TakeWhile(batch => (records += batch.Count) - batch.Count < CostMeter.Texts));
        }
        return new Contest(new ContestField(train, valid, features.NgramCount, new CostMeter(features, valid.Classes, sample, objectives, _studies.Time)), _options, _studies, _progress);
    }

    private IReadOnlyList<LearningCurvePoint> Curve(FeatureMatrix train, FeatureMatrix valid, int ngrams, ContestOutcome outcome)
    {
        if (!_options.LearningCurve && _options.Contest is null)
            return [];
        Report("learning curve", 0, "fitting on shares of train");
        return LearningCurve.Of(train, valid, outcome.Chosen.Result.MacroF1, part => FitChosen(part, ngrams, outcome), _options, _studies.Enough);
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
        Parallel.Invoke(
            new ParallelOptions { MaxDegreeOfParallelism = _options.Threads, CancellationToken = _cancellation },
            () => model = FitChosen(matrix, features.NgramCount, choice.Outcome),
            () => names = features.Names(read()));
        Report("refit", 1, _options.Refit ? "fitted on train + valid" : "fitted on train");

        var parameters = model.Parameters(features);
        var classifier = new Classifier(features.Contract, _data.Labels.Count, parameters.Shape, parameters, choice.Calibration, choice.Decision);
        var unknown = FeatureDistribution.Of("unknown_ngrams", _readValid().SelectMany(batch => UnknownShares(classifier, batch)));
        var categorical = CategoryDistribution.Of(features.Contract, _readValid());
        return new TrainedModel(
            _data.Labels, features.Contract, parameters, names, choice.Calibration, choice.Decision, choice.Outcome.Chosen.Result.Candidate, choice.Outcome.Candidates,
            DriftBaseline.Of(choice.Valid, _data.Labels.Count, choice.ValidNumeric, unknown, categorical), choice.Valid, choice.RowsTrain, choice.Valid.Labels.Length, choice.Outcome.Report)
        {
            LearningCurve = choice.LearningCurve,
        };
    }

    /// <summary>To convergence, or for as many steps as were found best.</summary>
    private IFittedModel FitChosen(FeatureMatrix matrix, int ngrams, ContestOutcome outcome)
    {
        using var shared = new SharedFits(matrix, ngrams);
        if (outcome.Members is not { } members)
            return FitOne(outcome.Chosen.Result);
        var fitted = new IFittedModel[members.Count];
        Parallel.For(0, members.Count, new ParallelOptions { MaxDegreeOfParallelism = _options.Threads, CancellationToken = _cancellation }, member =>
            fitted[member] = FitOne(members[member].Result));
        return new FittedEnsemble(EnsembleSelection.Family, _data.Labels.Count, [.. fitted.Zip(members, (model, member) => (model, member.Weight, member.Calibration))]);

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

    private static List<FeatureDistribution> NumericDistributions(FittedFeatures features, FeatureMatrix matrix)
    {
        var count = features.Numeric.Count;
        return
        [
            .. features.Numeric.Select((numeric, feature) => FeatureDistribution.Of(
                numeric.Name,
                Enumerable.Range(0, matrix.Blocks.Count).Select(matrix.Blocks.Outline)
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
