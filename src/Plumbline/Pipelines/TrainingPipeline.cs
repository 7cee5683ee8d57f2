using System.Globalization;
using System.Text.Json;
using Plumbline.Bundles;
using Plumbline.Datasets;
using Plumbline.Inference;
using Plumbline.Learning;
using Plumbline.Learning.Contests;
using Plumbline.Learning.Evaluation;
using Plumbline.Learning.Explanations;
using Plumbline.Learning.Resampling;
using Plumbline.Monitoring;
using Plumbline.Statistics;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;
using Plumbline.Telemetry;
using Plumbline.Text;
using Plumbline.Tracking;
using Plumbline.Tuning;

namespace Plumbline.Pipelines;

/// <summary>
/// The standard training: snapshot → features → candidates → calibration → refit → evaluation on test, once → bundle, all tracked as one run.
/// Thread-safe.
/// </summary>
public sealed partial class TrainingPipeline(Home home, TrackingStore tracking, IMetadataStore store, TimeProvider time)
{
    /// <summary>File of a contest's report among a run's artifacts.</summary>
    internal const string ContestFile = "contest.json";

    /// <summary>Tag of a run that names its contest.</summary>
    internal const string ContestTag = "contest";

    /// <summary>Tag of a run that names its bundle.</summary>
    internal const string BundleTag = "bundle";

    /// <summary>Tag of a run with the digest of its feature contract.</summary>
    internal const string ContractTag = "contract";

    /// <summary>Metric of a run: <see cref="PredictionLatency"/> of its bundle.</summary>
    public const string LatencyMetric = "latency_us";

    private const int FeaturesShown = 20;

    /// <summary>Of each run, besides its own.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Tags { get; init; } = [];

    /// <summary>Whether the trials of a contest were run before, by <see cref="TuneAsync"/>: where the clock ended them, none is begun any more.</summary>
    public bool IsTuned { get; init; }

    /// <summary>Trains on <paramref name="snapshot"/> and publishes a bundle with its report; the run is failed or killed if this throws.</summary>
    /// <param name="experiment">Name of the experiment; made if absent.</param>
    /// <param name="cancellation">Stops a contest with the best found so far; all else is broken off.</param>
    /// <param name="since">Timestamp of the time provider from which fit seconds count, such as before the ingest.</param>
    /// <param name="begun">Told the run's id as soon as there is a run.</param>
    /// <exception cref="DatasetException">The data cannot be trained on.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="TuningException">A contest's grid has more points than there are trials.</exception>
    public Task<TrainingResult> RunAsync(
        Snapshot snapshot, TrainingOptions options, string experiment, long since, IProgress<TrainingProgress>? progress, CancellationToken cancellation,
        Action<string>? begun = null) => Spans.RunAsync("train", async span =>
    {
        span?.SetTag("plumbline.snapshot", snapshot.Digest);
        var result = await RunAsync(snapshot, options, experiment, since, progress, id =>
        {
            span?.SetTag("plumbline.run", id);
            begun?.Invoke(id);
        }, cancellation).ConfigureAwait(false);
        span?.SetTag("plumbline.bundle", result.BundleDigest);
        return result;
    });

    private async Task<TrainingResult> RunAsync(
        Snapshot snapshot, TrainingOptions options, string experiment, long since, IProgress<TrainingProgress>? progress, Action<string> begun, CancellationToken cancellation)
    {
        options = Prepared(options, snapshot);
        var request = options.Contest is null ? null : new ContestRequest(experiment, snapshot.Digest, CodeVersion.Current, options);
        await tracking.EndAbandonedAsync(cancellation).ConfigureAwait(false);
        var experimentId = (await tracking.EnsureExperimentAsync(experiment, cancellation).ConfigureAwait(false)).Id;
        var run = await tracking.CreateRunAsync(
            new NewRun
            {
                ExperimentId = experimentId,
                UserId = Environment.UserName,
                Data = new RunBatch
                {
                    Params = Params(options),
                    Tags = [.. TrainingEnvironment.Tags(), .. Tags, .. request is null ? Array.Empty<KeyValuePair<string, string>>() : [new(ContestTag, request.Name)]],
                    Inputs = [new DatasetInput(snapshot.Digest, "training")],
                    Datasets = [TrainingEnvironment.Describe(snapshot)],
                },
            },
            cancellation).ConfigureAwait(false);
        var heartbeat = await tracking.KeepAliveAsync(run.Id, cancellation).ConfigureAwait(false);
        await using var beating = heartbeat.ConfigureAwait(false);
        try
        {
            begun(run.Id);
            using var shared = new SharedArtifacts(home, time);
            // Before hours are spent on a model that could not be kept.
            await shared.PublishAsync(new ArtifactTree(ArtifactKind.Snapshots, snapshot.Digest), cancellation: cancellation).ConfigureAwait(false);
            var result = request is null
                ? Train(snapshot, options, run.Id, since, progress, ContestStudies.InMemory(time), cancellation)
                : await ContestAsync(snapshot, request, run.Id, since, progress, cancellation).ConfigureAwait(false);
            if (request is not null)
                cancellation = CancellationToken.None;
            await shared.PublishAsync(new ArtifactTree(ArtifactKind.Bundles, result.BundleDigest), cancellation: cancellation).ConfigureAwait(false);
            await shared.PublishAsync(new ArtifactTree(ArtifactKind.Runs, run.Id), cancellation: cancellation).ConfigureAwait(false);
            await tracking.LogAsync(run.Id, Evidence(options, result), cancellation).ConfigureAwait(false);
            // Even if it slept so long that another took it for dead.
            await tracking.UpdateRunAsync(run.Id, new RunUpdate { Status = RunStatus.Finished, EndTime = time.GetUtcNow().ToUnixTimeMilliseconds() }, cancellation).ConfigureAwait(false);
            return result;
        }
        catch (Exception exception)
        {
            var status = exception is OperationCanceledException ? RunStatus.Killed : RunStatus.Failed;
            await tracking.UpdateRunAsync(run.Id, new RunUpdate { Status = status, EndTime = time.GetUtcNow().ToUnixTimeMilliseconds() }, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private TrainingResult Train(
        Snapshot snapshot, TrainingOptions options, string runId, long since, IProgress<TrainingProgress>? progress, ContestStudies studies, CancellationToken cancellation)
    {
        var rows = new SnapshotRows(snapshot);
        var trained = Trainer.Train(DataOf(snapshot, rows, cancellation), options, progress, studies, cancellation);
        var fitSeconds = (time.GetElapsedTime(since) - trained.LearningCurveTime).TotalSeconds;
        progress?.Report(new TrainingProgress("evaluate", 0, 1, "scoring test"));
        var (test, misclassified, answers) = Evaluator.Evaluate(
            trained.Classifier(), trained.Labels, () => rows.Read(Split.Test, cancellation), options.Seed, options.Threads, cancellation,
            numbers: [.. snapshot.NumericInputs, .. snapshot.Aggregates], categories: snapshot.CategoricalInputs);
        var valid = ClassificationReport.Compute(trained.Labels, trained.Valid.Labels, trained.Valid.Predicted, trained.Valid.Probabilities, options.Seed);
        var training = new TrainingRecord(
            snapshot.Digest, options.Seed, CodeVersion.Current, options.Refit,
            new SortedDictionary<string, long>(StringComparer.Ordinal) { ["train"] = trained.RowsTrain, ["valid"] = trained.RowsValid, ["test"] = test.Rows },
            trained.Chosen, trained.Candidates);
        var metrics = new SortedDictionary<string, double>(StringComparer.Ordinal);
        AddMetrics(metrics, "valid", valid);
        AddMetrics(metrics, "test", test);
        var about = new BundleAbout(time.GetUtcNow(), fitSeconds, Environment.MachineName, runId);
        // Test, not valid: of all rows that are labelled, it alone is as new to this model as traffic will be.
        var reference = DriftReference.SketchOf(trained.Classifier(), rows.Read(Split.Test, cancellation), trained.Labels);
        var bundle = BundleWriter.Publish(home.Bundles, trained, training, metrics, about, new Dictionary<string, byte[]>(StringComparer.Ordinal) { [DriftReference.Section] = reference.ToBytes() });

        var report = Report(snapshot, trained, options, test, valid, misclassified, rows.Read(Split.Valid, cancellation), Path.GetFileName(bundle));
        var artifacts = WriteArtifacts(runId, report, answers with { Bundle = Path.GetFileName(bundle), Snapshot = snapshot.Digest }, trained.Contest);
        progress?.Report(new TrainingProgress("evaluate", 1, 1, $"macro-F1 {test.MacroF1.Value:f4} on test"));
        return new TrainingResult(runId, bundle, artifacts, trained.Chosen, test, valid, trained.RowsTrain, trained.RowsValid, fitSeconds, trained.Contest)
        {
            LearningCurveSeconds = trained.LearningCurve.Count > 0 ? trained.LearningCurveTime.TotalSeconds : null,
            ContractDigest = BundleWriter.DigestOf(trained.Contract),
            Ngrams = trained.Contract.Options.Ngrams,
            LatencyUs = Latency(bundle, rows.Read(Split.Test, cancellation)),
        };
    }

    private string WriteArtifacts(string runId, EvaluationReport report, RowPredictions answers, ContestReport? contest)
    {
        var artifacts = Path.Combine(home.Runs, runId);
        Directory.CreateDirectory(artifacts);
        EvaluationPage.Write(report, artifacts);
        EvaluationPage.WritePictures(report, artifacts);
        AtomicFile.Write(Path.Combine(artifacts, RowPredictions.FileName), answers.Write);
        if (contest is not null)
            File.WriteAllBytes(Path.Combine(artifacts, ContestFile), JsonSerializer.SerializeToUtf8Bytes(contest, ContestJson.Default.ContestReport));
        return artifacts;
    }

    private double Latency(string bundle, IEnumerable<RecordBatch> rows)
    {
        using var predictor = Predictor.Load(bundle);
        return PredictionLatency.Median(predictor, rows, time);
    }

    private static TrainingData DataOf(Snapshot snapshot, SnapshotRows rows, CancellationToken cancellation) =>
        new(snapshot.Labels, split => rows.Read(split, cancellation)) { Keys = column => snapshot.ReadKeys(column, cancellation) };

    private TrainingOptions Prepared(TrainingOptions options, Snapshot snapshot)
    {
        options = WithFolds(WithInputs(options, snapshot), snapshot) with { Memory = options.Memory with { Folder = home.Temporary } };
        options.Validate();
        return options;
    }

    private static TrainingOptions WithInputs(TrainingOptions options, Snapshot snapshot) =>
        options with
        {
            Features = options.Features with
            {
                Numeric = options.Features.Numeric with { Inputs = [.. snapshot.NumericInputs], Aggregates = [.. snapshot.Aggregates] },
                Categorical = options.Features.Categorical with { Inputs = [.. snapshot.CategoricalInputs] },
            },
        };

    /// <summary>Rows are parted as the snapshot was split, unless it is said otherwise.</summary>
    /// <exception cref="DatasetException">The snapshot is not for folds.</exception>
    private static TrainingOptions WithFolds(TrainingOptions options, Snapshot snapshot)
    {
        if (options.Contest is not { Folds: { } folds } contest)
            return options;
        if (snapshot.IsBalanced)
            throw new DatasetException($"folds: the snapshot {snapshot.Digest} has a balanced train, so that what is held out of it would not be as what comes. Ingest without --balance (data.balance), or leave folds out; class weights are tuned in any case.");
        var by = contest.FoldBy ?? snapshot.Manifest.Split.By switch
        {
            SplitBy.User => FoldBy.User,
            SplitBy.Item => FoldBy.Item,
            SplitBy.Time => FoldBy.Time,
            _ => FoldBy.Stratified,
        };
        var column = by.ToString().ToLowerInvariant();
        if (by != FoldBy.Stratified && !snapshot.HasKeys(column))
            throw new DatasetException($"fold_by: the snapshot {snapshot.Digest} has no column '{column}'. Ingest its source with --{column} (data.{column}), or fold another way (--fold-by).");
        return options with { Contest = contest with { Folds = folds, FoldBy = by } };
    }

    private static KeyValuePair<string, string>[] Params(TrainingOptions options) =>
    [
        new("families", string.Join(',', options.Families)),
        new("seed", options.Seed.ToString(CultureInfo.InvariantCulture)),
        new("refit", options.Refit ? "train+valid" : "train"),
        .. options.Features.Ngrams.Adapt ? [] : NgramParams(options.Features.Ngrams),
        new("max_features", options.Features.MaxFeatures.ToString(CultureInfo.InvariantCulture)),
        new("min_df", options.Features.MinDf.ToString(CultureInfo.InvariantCulture)),
        new("calibration", options.Calibration.ToString()),
        .. options.Contest is { } contest ? [new("judged", contest.Judged)] : Array.Empty<KeyValuePair<string, string>>(),
        new("code_version", CodeVersion.Current),
        .. options.Contest?.NotReproducible is { } why ? [new("not_reproducible", why)] : Array.Empty<KeyValuePair<string, string>>(),
    ];

    private static KeyValuePair<string, string>[] NgramParams(NgramOptions ngrams) =>
    [
        new("word_ngrams", $"{ngrams.WordMin}-{ngrams.WordMax}"),
        new("character_ngrams", $"{ngrams.CharacterMin}-{ngrams.CharacterMax}"),
    ];

    private RunBatch Evidence(TrainingOptions options, TrainingResult result)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var metrics = new SortedDictionary<string, double>(StringComparer.Ordinal) { ["fit_seconds"] = result.FitSeconds, [LatencyMetric] = result.LatencyUs };
        if (result.LearningCurveSeconds is { } seconds)
            metrics["learning_curve_seconds"] = seconds;
        AddMetrics(metrics, "valid", result.Valid);
        AddMetrics(metrics, "test", result.Test);
        return new RunBatch
        {
            Metrics = [.. metrics.Select(metric => new Metric(metric.Key, metric.Value, 0, now))],
            Params =
            [
                new("chosen_family", result.Chosen.Family),
                .. options.Features.Ngrams.Adapt ? NgramParams(result.Ngrams) : [],
                .. result.Contest is { } contest ? [new("chosen_because", contest.Why)] : Array.Empty<KeyValuePair<string, string>>(),
                .. result.Chosen.Parameters.Values.Select(parameter => KeyValuePair.Create($"chosen_{parameter.Key}", parameter.Value.ToString())),
            ],
            Tags = [new(BundleTag, result.BundleDigest), new(ContractTag, result.ContractDigest)],
        };
    }

    private static void AddMetrics(SortedDictionary<string, double> metrics, string split, ClassificationReport report)
    {
        metrics[split + ".macro_f1"] = report.MacroF1.Value;
        metrics[split + ".weighted_f1"] = report.WeightedF1.Value;
        metrics[split + ".accuracy"] = report.Accuracy.Value;
        metrics[split + ".log_loss"] = report.LogLoss;
        metrics[split + ".ece"] = report.Ece;
        metrics[split + ".ece_of_perfect"] = report.EceOfPerfect;
        metrics[split + ".macro_roc_auc"] = report.MacroRocAuc;
        metrics[split + ".macro_pr_auc"] = report.MacroPrAuc;
    }

    private static EvaluationReport Report(
        Snapshot snapshot, TrainedModel trained, TrainingOptions options, ClassificationReport test, ClassificationReport valid,
        MisclassifiedSample[] misclassified, IEnumerable<RecordBatch> rows, string digest) => new()
        {
            Title = $"{trained.Chosen.Family} · {trained.Labels.Count} labels",
            Facts =
            [
                new("Bundle", digest),
                new("Snapshot", snapshot.Digest),
                new("Rows", string.Create(CultureInfo.InvariantCulture, $"{trained.RowsTrain:n0} train, {trained.RowsValid:n0} valid, {test.Rows:n0} test")),
                new("Features", string.Create(CultureInfo.InvariantCulture, $"{trained.Contract.NgramFeatures:n0} n-grams, {trained.Contract.Numeric.Count} numeric, {trained.Contract.Categories} categories")),
                new("Final fit", options.Refit ? $"on train and valid, with what was decided {options.Contest?.Judged ?? "on valid"} kept" : "on train"),
                new("Calibration", string.Create(CultureInfo.InvariantCulture, $"{trained.Calibration.Method}, T = {trained.Calibration.Temperature:f3}")),
                new("Decision rule", trained.Decision.IsArgmax ? "most probable label" : "offsets for macro-F1"),
                new("Seed", options.Seed.ToString(CultureInfo.InvariantCulture)),
                new("Code", CodeVersion.Current),
            ],
            Test = test,
            Valid = valid,
            Judged = options.Contest?.Judged ?? "on valid",
            Misclassified = misclassified,
            LearningCurve = [.. trained.LearningCurve],
            ContestPage = trained.Contest is null ? null : ContestPage.PageFile,
            Importances = [.. ModelImportances.Of(trained.Classifier(), trained.NgramNames, rows, trained.RowsValid, FeaturesShown, options.Seed)],
            StrongestFeatures = StrongestFeatures.Of(trained, FeaturesShown),
            Candidates =
            [
                .. trained.Candidates.Select(result => new ComparedCandidate(
                    result.Candidate.Family, result.Candidate.Parameters.ToString(), result.MacroF1, result.LogLoss, result.Candidate == trained.Chosen)),
            ],
        };
}
