using System.Globalization;

namespace Plumbline.Monitoring.Alerts;

/// <summary>The rules that hold where nobody says otherwise.</summary>
internal static class DefaultRules
{
    public const string StoreUnreachable = "PlumblineStoreUnreachable";

    /// <summary>Failures in the longer window, below which a share of them says nothing.</summary>
    public const int FewestFailures = 10;

    /// <summary>Windows of errors' budgets and how many times too fast they are used up: Beyer, Murphy, Rensin, Kawahara &amp; Thorne, The Site Reliability Workbook (2018), chapter 5.</summary>
    public static readonly (string Name, string Long, string Short, double Factor, TimeSpan For, AlertSeverity Severity)[] Burns =
    [
        ("PlumblineErrorBudgetFast", "1h", "5m", 14.4, TimeSpan.FromMinutes(2), AlertSeverity.Critical),
        ("PlumblineErrorBudgetMedium", "6h", "30m", 6, TimeSpan.FromMinutes(15), AlertSeverity.Critical),
        ("PlumblineErrorBudgetSlow", "3d", "6h", 1, TimeSpan.FromHours(1), AlertSeverity.Warning),
    ];

    public static IReadOnlyList<AlertRule> Of(double slo) => [.. Drift(), .. Quality(), .. Requests(), .. Burns.Select(burn => Burn(burn, slo)), .. Pipelines(), .. Servers(), .. Around()];

    private static IEnumerable<AlertRule> Drift() =>
    [
        new("PlumblineDrift", "plumbline_drift_severity", 2)
        {
            For = TimeSpan.FromMinutes(15),
            Why = "{feature} ({kind}) of {version} has moved: severity {value} of 3",
            Runbook = "See what has moved, and what to do about it: plumbline drift report MODEL --since 24h --html drift.html. If the world has changed, train on newer data; if a client sends something else, mend the client.",
        },
        new("PlumblineTextDrift", "plumbline_drift_text_auc", 0.75)
        {
            For = TimeSpan.FromMinutes(15),
            Why = "texts sent to {version} are told from those it was trained on with an AUC of {value}",
            Runbook = "See by which words they differ: plumbline drift report MODEL --since 24h --html drift.html. Look at quality from feedback, too, and train on newer texts if they are here to stay.",
        },
    ];

    private static IEnumerable<AlertRule> Quality() =>
    [
        new("PlumblineConceptDrift", "plumbline_concept_drift", 0)
        {
            For = TimeSpan.FromMinutes(5),
            Why = "errors of {version} are more frequent than they were",
            Runbook = "See since when, and of which labels and slices: plumbline quality report MODEL --html quality.html. If labels mean something else now, train on newer ones; if it came with a new version, plumbline rollback MODEL.",
        },
        new("PlumblineRetrainingDue", "plumbline_retraining_decision", 1)
        {
            For = TimeSpan.FromMinutes(15),
            Why = "{version} should be retrained, by what its inputs, answers and labels have become",
            Runbook = "GET /v1/quality, plumbline drift report MODEL and plumbline quality report MODEL say why. Train on newer data, compare, and roll out what is better.",
        },
    ];

    private static IEnumerable<AlertRule> Requests() =>
    [
        new("PlumblineLatency", ServiceObservations.Latency, 0.5)
        {
            For = TimeSpan.FromMinutes(10), Unit = AlertUnit.Seconds,
            Why = "one request of a hundred takes longer than {value}",
            Runbook = "See whether requests wait (plumbline_queue_wait_seconds), whether they have grown (plumbline_batch_texts), and whether a version is slow (plumbline_service_text_seconds); add servers, or roll back.",
        },
        new("PlumblineErrors", ServiceObservations.Failures, 0.05)
        {
            For = TimeSpan.FromMinutes(5), Severity = AlertSeverity.Critical, Unit = AlertUnit.Share,
            Expression = limit => string.Create(CultureInfo.InvariantCulture, $"{ServiceObservations.Failures} > {limit} and plumbline:requests:increase5m >= {ServiceObservations.FewestForShare}"),
            Why = "{value} of requests fail",
            Runbook = "See which problems they end in (plumbline_errors_total by kind) and the log at level error. overloaded: add servers. internal since a new version: plumbline rollback MODEL.",
        },
    ];

    private static AlertRule Burn((string Name, string Long, string Short, double Factor, TimeSpan For, AlertSeverity Severity) burn, double slo)
    {
        string Beyond(string window, double limit) => string.Create(CultureInfo.InvariantCulture, $"plumbline:failures:ratio_rate{window} / {1 - slo:0.########} > {limit}");
        return new AlertRule(burn.Name, ServiceObservations.Burn, burn.Factor)
        {
            Where = new Dictionary<string, string> { ["window"] = burn.Long },
            For = burn.For,
            Severity = burn.Severity,
            Why = $"failures of the last {burn.Long} and {burn.Short} use up the budget of errors {{value}} times as fast as it lasts",
            Runbook = "See which problems requests end in (plumbline_errors_total by kind) and the log at level error, since when, and what changed then: plumbline audit list. What came with a new version goes with plumbline rollback MODEL.",
            Expression = limit => $"{Beyond(burn.Long, limit)} and {Beyond(burn.Short, limit)} and plumbline:failures:increase{burn.Long} >= {FewestFailures}",
        };
    }

    private static IEnumerable<AlertRule> Pipelines() =>
    [
        new("PlumblinePipelineFailed", "plumbline_pipeline_failed", 0)
        {
            Why = "the last run of the pipeline {pipeline} failed",
            Runbook = "plumbline pipelines runs NAME lists its runs, plumbline pipelines show RUN says what failed and why. Once that is mended, plumbline pipelines resume RUN goes on where it stopped; the next run that succeeds ends this.",
        },
        new("PlumblinePipelineWaiting", "plumbline_pipeline_waiting_seconds", 600)
        {
            For = TimeSpan.FromMinutes(1), Unit = AlertUnit.Seconds,
            Why = "for {value} there has been something to do for the pipeline {pipeline}, and nobody who does it",
            Runbook = "See whether workers run, and start one: plumbline worker. plumbline pipelines show RUN says of each task why it waits; what is scheduled is begun by a worker, too, unless it has --no-schedule.",
        },
    ];

    private static IEnumerable<AlertRule> Servers() =>
    [
        new("PlumblineNotReady", "plumbline_ready", 1, IsBelow: true)
        {
            For = TimeSpan.FromMinutes(10), Severity = AlertSeverity.Critical, IsOfServer = true,
            Why = "a server takes no traffic", Runbook = "GET /readiness says why; the log says more.",
        },
        new(StoreUnreachable, "plumbline_metadata_store_up", 1, IsBelow: true)
        {
            For = TimeSpan.FromMinutes(5),
            Why = "the metadata store does not answer; predictions go on, but feedback is refused and no traffic plan is followed",
            Runbook = "The server's log says why. See whether the database runs and is reached from the servers, and whether its disk is full; plumbline store check looks at it.",
        },
        new("PlumblineDeploymentStale", "plumbline_deployment_stale_seconds", 600)
        {
            For = TimeSpan.FromMinutes(5), Unit = AlertUnit.Seconds, IsOfServer = true,
            Why = "for {value} a server has not served what the traffic plan says, or could not know it",
            Runbook = "GET /readiness of that server says why: a version that cannot be loaded, or a store that does not answer.",
        },
        new("PlumblineFeatureStoreDown", "plumbline_feature_store_up", 1, IsBelow: true)
        {
            For = TimeSpan.FromMinutes(5), IsOfServer = true,
            Why = "predictions do without the feature store", Runbook = "The server's log says why. See whether Redis, or the disk of the embedded store, is there.",
        },
    ];

    private static IEnumerable<AlertRule> Around() =>
    [
        new("PlumblineAlertsUndelivered", "plumbline_alert_deliveries_oldest_seconds", 900)
        {
            For = TimeSpan.FromMinutes(5), Unit = AlertUnit.Seconds,
            Why = "alerts have waited for {value} to be delivered",
            Runbook = "plumbline alerts shows which, to whom, and what the last try came to. They are kept, and sent when the notifier takes them.",
        },
        new("PlumblineDown", "up", 1, IsBelow: true)
        {
            For = TimeSpan.FromMinutes(5), Severity = AlertSeverity.Critical, Expression = limit => string.Create(CultureInfo.InvariantCulture, $"up{{job=\"plumbline\"}} < {limit}"),
            Why = "a server does not answer", Runbook = "See whether its process runs, and the end of its log.",
        },
    ];
}
