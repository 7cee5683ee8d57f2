using Plumbline.Storage.Artifacts;

namespace Plumbline.Storage;

/// <summary>The state folder and where things are in it. Naming a path makes nothing; whoever writes first makes the folder.</summary>
public sealed class Home(string root)
{
    public const string EnvironmentVariable = "PLUMBLINE_HOME";

    private const string DefaultName = ".plumbline";

    /// <summary>Full path of the state folder.</summary>
    public string Root { get; } = Path.GetFullPath(root);

    /// <summary>Where the metadata store is; null: in <see cref="Database"/>.</summary>
    public PostgresStoreOptions? Store { get; init; }

    /// <summary>Where files are that other machines need; null: in this folder alone.</summary>
    public ArtifactStoreOptions? Artifacts { get; init; }

    public string Database => Path.Combine(Root, "plumbline.db");

    public string Snapshots => Path.Combine(Root, "snapshots");

    public string Bundles => Path.Combine(Root, "bundles");

    /// <summary>The embedded feature store.</summary>
    public string FeatureStore => Path.Combine(Root, "feature-store");

    /// <summary>The aggregates that predictions were made with.</summary>
    public string ServedFeatures => Path.Combine(Root, "served-features");

    /// <summary>Which models servers answered with.</summary>
    public string ServedModels => Path.Combine(Root, "served-models");

    /// <summary>What servers answered: the prediction log.</summary>
    public string Predictions => Path.Combine(Root, "predictions");

    /// <summary>What servers served last of each model.</summary>
    public string Serving => Path.Combine(Root, "serving");

    /// <summary>What is known of each data set: its latest snapshot and what is expected of the next.</summary>
    public string Datasets => Path.Combine(Root, "datasets");

    /// <summary>Reports and quarantines of validations after which nothing was published.</summary>
    public string Validations => Path.Combine(Root, "validations");

    /// <summary>For what nobody needs once the process that made it ended.</summary>
    public string Temporary => Path.Combine(Root, "temporary");

    public string Runs => Path.Combine(Root, "runs");

    /// <summary>Logs of pipelines' attempts, by run.</summary>
    public string Pipelines => Path.Combine(Root, "pipelines");

    /// <summary>Files of models that MLflow's clients logged.</summary>
    public string LoggedModels => Path.Combine(Root, "logged-models");

    /// <summary>Bundles as MLflow's clients read them, made on demand; may be removed at any time.</summary>
    public string MlflowModels => Path.Combine(Root, "mlflow-models");

    /// <summary>The value of <c>--home</c> if given, else PLUMBLINE_HOME if set, else <c>.plumbline</c> in the working folder.</summary>
    public static Home Resolve(string? option) => Resolve(option, Environment.GetEnvironmentVariable(EnvironmentVariable), Environment.CurrentDirectory);

    internal static Home Resolve(string? option, string? variable, string workingFolder) =>
        new(Path.Combine(workingFolder, NonEmpty(option) ?? NonEmpty(variable) ?? DefaultName));

    private static string? NonEmpty(string? value) => string.IsNullOrWhiteSpace(value) ? null : value;
}
