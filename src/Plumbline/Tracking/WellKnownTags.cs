namespace Plumbline.Tracking;

/// <summary>Tags that MLflow's clients set or read.</summary>
public static class WellKnownTags
{
    /// <summary>The run's name; whoever changes one changes both.</summary>
    public const string RunName = "mlflow.runName";

    /// <summary>The run in which this one is nested.</summary>
    public const string ParentRunId = "mlflow.parentRunId";

    public const string User = "mlflow.user";

    public const string SourceName = "mlflow.source.name";

    public const string SourceType = "mlflow.source.type";

    public const string SourceCommit = "mlflow.source.git.commit";

    /// <summary>JSON list of the models that older clients logged to a run.</summary>
    public const string ModelHistory = "mlflow.log-model.history";

    /// <summary>JSON list of the versions that a logged model was registered as.</summary>
    public const string ModelVersions = "mlflow.modelVersions";

    /// <summary>Of a registered model and its versions: it is a prompt.</summary>
    public const string IsPrompt = "mlflow.prompt.is_prompt";

    /// <summary>Of a data set: what it was for, such as <c>training</c>.</summary>
    public const string DataContext = "mlflow.data.context";
}
