using Plumbline.Datasets;
using Plumbline.Features;

namespace Plumbline.Learning;

/// <summary>
/// From labelled rows to a finished classifier: features and candidates learnt on train, everything chosen on valid, the winner refitted on both.
/// Test is not read here. Thread-safe; deterministic for the data, options and seed, whatever the number of threads.
/// </summary>
internal static class Trainer
{
    /// <summary>Texts kept in memory between passes; larger splits are read again from the snapshot.</summary>
    private const long MostBytesInMemory = 1L << 30;

    private const int ConfidenceBins = 20;

    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="DatasetException">Train or valid has no rows, or train has one class only.</exception>
    public static TrainedModel Train(
        TrainingData data, TrainingOptions options, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        options.Validate();
        var classes = data.Labels.Count;
        var readTrain = InMemoryIfSmall(() => data.Read(Split.Train));
        var readValid = InMemoryIfSmall(() => data.Read(Split.Valid));
        progress?.Report(new TrainingProgress("features", 0, 1, "learning the vocabulary"));
        FittedFeatures? features = null;
        try
        {
            (features, var train) = FittedFeatures.Learn(readTrain, classes, data.IsOrdered, options.Features, options.Threads, cancellation);
            RequireClasses(train, data.Labels);
            var valid = features.Transform(readValid(), classes, cancellation);
            if (valid.Rows == 0)
                throw new DatasetException("The valid split has no rows; C, calibration and the decision rule are chosen on it.");
            progress?.Report(new TrainingProgress("features", 1, 1, $"{features.NgramCount:n0} n-grams, {features.Numeric.Count} numeric features"));

            CandidateSearch? search = new CandidateSearch(train, valid, features.NgramCount, options, progress);
            var chosen = search.Run(cancellation);
            var validLabels = valid.Labels();
            var matchPrior = chosen.Result.Candidate.ClassWeighting != ClassWeighting.Natural || chosen.Result.Candidate.Family == LinearFamily.Svm;
            var calibration = CalibrationFit.Fit(chosen.ValidScores, validLabels, classes, options.Calibration, matchPrior);
            var probabilities = chosen.ValidScores;
            for (var row = 0; row < validLabels.Length; row++)
                calibration.Apply(probabilities.AsSpan(row * classes, classes));
            var decision = DecisionRuleFit.Fit(probabilities, validLabels, classes, options.Seed, options.Threads);
            var predicted = new int[validLabels.Length];
            for (var row = 0; row < predicted.Length; row++)
                predicted[row] = decision.Choose(probabilities.AsSpan(row * classes, classes));
            progress?.Report(new TrainingProgress("calibrate", 1, 1, $"temperature {calibration.Temperature:f2}, {(decision.IsArgmax ? "argmax" : "offsets")}"));

            var candidates = search.All.Select(fitted => fitted.Result).ToArray();
            search = null;
            var numericNames = features.Numeric.Select(feature => feature.Name).ToArray();
            var rowsTrain = train.Rows;
            var readFinal = readTrain;
            if (options.Refit)
            {
                // Freed before the second matrix is built, so that the peak is one of them.
                features.Dispose();
                (train, readFinal) = (null!, () => readTrain().Concat(readValid()));
                (features, train) = FittedFeatures.Learn(readFinal, classes, data.IsOrdered, options.Features, options.Threads, cancellation);
            }
            // A fit is sequential; another thread looks up the names meanwhile.
            LinearModel model = null!;
            string?[] names = null!;
            var final = features;
            Parallel.Invoke(
                new ParallelOptions { MaxDegreeOfParallelism = options.Threads, CancellationToken = cancellation },
                () => model = CandidateSearch.Fit(train, chosen.Result.Candidate, final.NgramCount, options, cancellation),
                () => names = final.Names(readFinal()));
            var parameters = LinearParameters.From(features, model);
            progress?.Report(new TrainingProgress("refit", 1, 1, options.Refit ? "refitted on train + valid" : "fitted on train"));

            var trained = new TrainedModel(
                data.Labels, features.Contract, parameters, names, calibration, decision, chosen.Result.Candidate,
                candidates, Baseline: null!,
                new ValidEvidence(validLabels, probabilities, predicted), rowsTrain, valid.Rows);
            return trained with { Baseline = Baseline(trained, valid, numericNames, readValid()) };
        }
        finally
        {
            features?.Dispose();
        }
    }

    private static DriftBaseline Baseline(TrainedModel trained, FeatureMatrix valid, string[] numericNames, IEnumerable<RecordBatch> validRows)
    {
        var classes = trained.Labels.Count;
        var evidence = trained.Valid;
        var confidence = new int[ConfidenceBins];
        for (var row = 0; row < evidence.Labels.Length; row++)
        {
            var most = 0f;
            foreach (var probability in evidence.Probabilities.AsSpan(row * classes, classes))
                most = MathF.Max(most, probability);
            confidence[Math.Min(ConfidenceBins - 1, (int)(most * ConfidenceBins))]++;
        }
        var numeric = numericNames.Select((name, feature) => FeatureDistribution.Of(
            name, valid.Blocks.SelectMany(block => Enumerable.Range(0, block.Rows).Select(row => block.Numeric[(row * numericNames.Length) + feature]))));
        var classifier = trained.Classifier();
        var unknown = validRows.SelectMany(batch => Enumerable.Range(0, batch.Count).Select(record =>
        {
            var (all, known) = classifier.CountNgrams(batch.Text(record));
            return all == 0 ? 0 : 1 - ((float)known / all);
        }));
        return new DriftBaseline(
            evidence.Labels.Length, ClassWeights.Counts(evidence.Labels, classes), ClassWeights.Counts(evidence.Predicted, classes), confidence,
            [.. numeric], FeatureDistribution.Of("unknown_ngrams", unknown));
    }

    private static void RequireClasses(FeatureMatrix train, IReadOnlyList<string> labels)
    {
        if (train.Rows == 0)
            throw new DatasetException("The train split has no rows.");
        var counts = ClassWeights.Counts(train.Labels(), labels.Count);
        if (counts.Count(count => count > 0) < 2)
            throw new DatasetException($"The train split has one label only ('{labels[Array.FindIndex(counts, count => count > 0)]}'); a classifier needs two.");
    }

    /// <summary>A reader that keeps what the first pass read, unless that is too much.</summary>
    private static Func<IEnumerable<RecordBatch>> InMemoryIfSmall(Func<IEnumerable<RecordBatch>> read)
    {
        List<RecordBatch>? kept = [];
        var isComplete = false;
        return () => isComplete ? kept! : Pass();

        IEnumerable<RecordBatch> Pass()
        {
            long bytes = 0;
            kept?.Clear();
            foreach (var batch in read())
            {
                bytes += batch.TextBytes;
                if (bytes > MostBytesInMemory)
                    kept = null;
                kept?.Add(batch);
                yield return batch;
            }
            isComplete = kept is not null;
        }
    }
}
