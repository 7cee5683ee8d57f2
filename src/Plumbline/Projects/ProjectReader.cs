using Plumbline.Features;
using Plumbline.Learning;
using Plumbline.Monitoring;
using Plumbline.Pipelines.OpenLineage;
using Plumbline.Registry;
using Plumbline.Storage;
using Plumbline.Storage.Artifacts;
using Plumbline.Telemetry;
using Plumbline.Text;

namespace Plumbline.Projects;

/// <summary>Reads <c>plumbline.yaml</c>; docs/specs/plumbline.schema.json says the same to editors.</summary>
internal static class ProjectReader
{
    private const string DefaultModel = "model";

    public static Project Read(string path) => Read(path, (full, text) => Read(full, text, []));

    /// <summary>The metadata store alone.</summary>
    public static PostgresStoreOptions? ReadStore(string path) => Read(path, (full, text) => ReadStore(full, YamlSection.Root(full, text)));

    /// <summary>The artifact store alone.</summary>
    public static ArtifactStoreOptions? ReadArtifacts(string path) => Read(path, (full, text) => ReadArtifacts(full, YamlSection.Root(full, text)));

    /// <summary>Where events are sent alone.</summary>
    public static OpenLineageOptions? ReadOpenLineage(string path) => Read(path, (full, text) => OpenLineageSection.Read(full, YamlSection.Root(full, text).Section(OpenLineageSection.Key), []));

    /// <summary>Where telemetry is sent alone.</summary>
    public static TelemetrySettings? ReadTelemetry(string path) => Read(path, (full, text) => TelemetrySection.Read(full, YamlSection.Root(full, text).Section(TelemetrySection.Key), []));

    private static T Read<T>(string path, Func<string, TextReader, T> read)
    {
        path = Path.GetFullPath(path);
        try
        {
            using var text = File.OpenText(path);
            return read(path, text);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ProjectException($"{path} cannot be read: {exception.Message}", exception);
        }
    }

    /// <param name="keys">Receives the path of every key that a file may have.</param>
    public static Project Read(string path, TextReader text, List<string> keys)
    {
        var root = YamlSection.Root(path, text);
        var name = root.Text("project");
        var data = root.Section("data");
        var source = DataSection.Read(path, data, keys);
        var featureSection = root.Section("features");
        var store = FeatureStoreReader.Read(featureSection.Section("store"), keys);
        var features = ReadFeatures(featureSection, keys);
        var training = ReadTraining(root.Section("train"), features, keys);
        var model = root.Section("model");
        var modelName = model.Text("name");
        model.Finish(keys);
        var gates = GatesSection.Read(root.Section("gates"), keys);
        var flags = FlagsSection.Read(root);
        var server = ReadServer(root.Section("server"), keys);
        var alerts = AlertsSection.Read(root.Section("alerts"), Path.GetDirectoryName(path)!, keys);
        var traffic = TrafficSection.Read(root.Section("traffic"), keys);
        var rollout = RolloutSection.Read(root.Section("rollout"), keys);
        var retraining = RetrainingSection.Read(root.Section("retraining"), keys);
        var (schedules, retention) = PipelinesSection.Read(root.Section("pipelines"), keys);
        var metadata = ReadStore(path, root);
        var artifacts = ReadArtifacts(path, root);
        var openLineage = OpenLineageSection.Read(path, root.Section(OpenLineageSection.Key), keys);
        TelemetrySection.Read(path, root.Section(TelemetrySection.Key), keys);
        root.Finish(keys);
        try
        {
            training.Validate();
            ModelRegistry.CheckName(modelName ?? name ?? DefaultModel);
        }
        catch (ArgumentException exception)
        {
            throw new ProjectException($"{path}: {exception.Message}", exception);
        }
        catch (MetadataException exception)
        {
            throw new ProjectException($"{path}: model.name: {exception.Message}", exception);
        }
        // Named after the project, so that it is the same data set when its files change.
        source = source is null ? null : source with { Name = name ?? modelName };
        return new Project(path, name ?? modelName ?? "default", source, training, modelName ?? name ?? DefaultModel, server, store, metadata, openLineage) { Gates = gates, Artifacts = artifacts, Flags = flags, Traffic = traffic, Rollout = rollout, Retraining = retraining, Schedules = schedules, Retention = retention, Alerts = alerts };
    }

    private static PostgresStoreOptions? ReadStore(string path, YamlSection root)
    {
        try
        {
            return root.Secret("store") is { } address ? PostgresStoreOptions.Parse(address.Reveal(), "store") : null;
        }
        catch (MetadataException exception)
        {
            throw new ProjectException($"{path}: {exception.Message}", exception);
        }
    }

    private static ArtifactStoreOptions? ReadArtifacts(string path, YamlSection root)
    {
        try
        {
            return root.Secret("artifacts") is { } address ? ArtifactStoreOptions.Parse(address.Reveal(), "artifacts", Path.GetDirectoryName(path)!) : null;
        }
        catch (MetadataException exception)
        {
            throw new ProjectException($"{path}: {exception.Message}", exception);
        }
    }

    private static FeatureOptions ReadFeatures(YamlSection features, List<string> keys)
    {
        var defaults = FeatureOptions.Default;
        var givenWord = features.Range("word");
        var givenCharacters = features.Range("characters");
        var word = givenWord ?? (defaults.Ngrams.WordMin, defaults.Ngrams.WordMax);
        var characters = givenCharacters ?? (defaults.Ngrams.CharacterMin, defaults.Ngrams.CharacterMax);
        var numeric = features.Section("numeric");
        var categorical = features.Section("categorical");
        var options = new FeatureOptions(
            (features.Choices<TokenKind>("tokens") ?? []).ToOptions(),
            new NgramOptions(word.Item1, word.Item2, characters.Item1, characters.Item2, Adapt: givenWord is null && givenCharacters is null),
            new NumericOptions(
                numeric.Flag("from_text") ?? defaults.Numeric.FromText, numeric.List("keywords"), Inputs: null,
                numeric.Number<double>("weight") ?? defaults.Numeric.Weight, defaults.Numeric.Clip),
            defaults.SublinearTf,
            features.Number<int>("min_df") ?? defaults.MinDf,
            features.Number<int>("max_features") ?? defaults.MaxFeatures,
            features.Number<int>("hash_bits"),
            new CategoricalOptions(
                Inputs: null,
                categorical.Number<int>("min_rows") ?? defaults.Categorical.MinRows, categorical.Number<int>("max_categories") ?? defaults.Categorical.MaxCategories,
                categorical.Number<double>("weight") ?? defaults.Categorical.Weight));
        numeric.Finish(keys);
        categorical.Finish(keys);
        features.Finish(keys);
        return options;
    }

    private static TrainingOptions ReadTraining(YamlSection train, FeatureOptions features, List<string> keys)
    {
        var defaults = TrainingOptions.Default;
        var contest = ContestSection.Read(train.Section("contest"), keys);
        var options = new TrainingOptions(
            features,
            train.List("families"),
            train.Number<ulong>("seed") ?? defaults.Seed,
            Threads: 0,
            train.Flag("refit") ?? defaults.Refit,
            train.Number<double>("l1_ratio") ?? defaults.L1Ratio,
            train.Number<int>("early_stopping"),
            train.Choice<CalibrationMethod>("calibration") ?? defaults.Calibration,
            train.Choices<ClassWeighting>("class_weights"),
            Contest: contest)
        {
            LearningCurve = train.Flag("learning_curve") ?? defaults.LearningCurve,
        };
        train.Finish(keys);
        return options.Competing();
    }

    private static ServerSettings ReadServer(YamlSection server, List<string> keys)
    {
        var limits = server.Section("limits");
        var admission = server.Section("admission");
        var log = server.Section("prediction_log");
        var drift = server.Section("drift");
        var alerts = server.Section("alerts");
        var settings = new ServerSettings
        {
            Address = server.Text("address"),
            Port = server.Number<int>("port"),
            GrpcPort = server.Number<int>("grpc_port"),
            ApiKeys = [.. server.Sections("api_keys").Select(key => ReadApiKey(key, keys))],
            BodyBytes = limits.Number<int>("body_bytes"),
            Items = limits.Number<int>("items"),
            TextLength = limits.Number<int>("text_length"),
            StreamItems = limits.Number<int>("stream_items"),
            StreamBytes = limits.Number<int>("stream_bytes"),
            JsonDepth = limits.Number<int>("json_depth"),
            TimeoutSeconds = server.Number<double>("timeout_seconds"),
            GraceSeconds = server.Number<double>("grace_seconds"),
            PollSeconds = server.Number<double>("poll_seconds"),
            MeasureSeconds = server.Number<double>("measure_seconds"),
            AnonymousRequestsPerMinute = server.Number<int>("anonymous_requests_per_minute"),
            TrustLoopback = server.Flag("trust_loopback"),
            BatchPaths = server.List("batch_paths") ?? [],
            BatchWorkers = server.Number<int>("batch_workers"),
            Admission = new AdmissionSettings(
                admission.Number<int>("concurrency"), admission.Number<int>("queue_texts"), admission.Number<double>("wait_seconds"), admission.Number<int>("batch_texts")),
            Cache = CacheSection.Read(server.Section("cache"), keys),
            PredictionLog = new PredictionLogSettings(log.Flag("enabled"), log.Flag("text"), log.Number<int>("retention_days"), log.Number<double>("ship_seconds")),
            Drift = drift.Flag("enabled"),
            DriftPeriodSeconds = drift.Number<double>("period_seconds"),
            Alerts = alerts.Flag("enabled"),
            DriftProfile = ReadProfile(drift),
        };
        log.Finish(keys);
        drift.Finish(keys);
        alerts.Finish(keys);
        admission.Finish(keys);
        limits.Finish(keys);
        server.Finish(keys);
        return settings;
    }

    private static DriftProfile? ReadProfile(YamlSection drift) => drift.Text("profile") is not { } name ? null
        : DriftProfile.All.FirstOrDefault(profile => profile.Name == name) ?? throw drift.Error("profile", $"is no profile; there are {string.Join(" and ", DriftProfile.All.Select(profile => profile.Name))}");

    private static ApiKeySettings ReadApiKey(YamlSection key, List<string> keys)
    {
        var name = key.Text("name") ?? throw key.Error("name", "is missing; every key needs a name");
        var secret = key.Secret("secret") ?? throw key.Error("secret", "is missing; write {file: path of a file that holds it}");
        var quota = key.Number<int>("requests_per_minute") ?? throw key.Error("requests_per_minute", "is missing; every key needs a quota");
        key.Finish(keys);
        return new ApiKeySettings(name, secret, quota);
    }
}
