namespace Plumbline.Server.Telemetry;

/// <summary>Every line that the server writes; event ids are stable.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(1, LogLevel.Information, "Listening on {Url}")]
    public static partial void Listening(ILogger log, string url);

    [LoggerMessage(2, LogLevel.Information, "Serving {Version}, bundle {Digest}")]
    public static partial void Serving(ILogger log, string version, string digest);

    [LoggerMessage(3, LogLevel.Information, "Stopping with {InFlight} requests in flight")]
    public static partial void Stopping(ILogger log, int inFlight);

    [LoggerMessage(4, LogLevel.Warning, "Feature store: {Fault}")]
    public static partial void StoreFailed(ILogger log, string fault);

    [LoggerMessage(5, LogLevel.Warning, "What is served from now on cannot be recorded in {Folder}, so predictions will not lead back to it: {Fault}")]
    public static partial void NotRecorded(ILogger log, string folder, string fault);

    [LoggerMessage(6, LogLevel.Information, "Traffic of plan {Revision}: {Shares}")]
    public static partial void Traffic(ILogger log, long revision, string shares);

    [LoggerMessage(7, LogLevel.Warning, "{Version} is not served: {Fault}")]
    public static partial void VersionRefused(ILogger log, string version, string fault);

    [LoggerMessage(8, LogLevel.Warning, "The traffic plan of {Model} cannot be read, and what is served is served on: {Fault}")]
    public static partial void PlanUnknown(ILogger log, string model, string fault);

    [LoggerMessage(9, LogLevel.Warning, "What is served cannot be written to {File}, so a server cannot start from it without the metadata store: {Fault}")]
    public static partial void NotRemembered(ILogger log, string file, string fault);

    [LoggerMessage(17, LogLevel.Warning, "Shadow {Version} failed, which no caller noticed")]
    public static partial void ShadowFailed(ILogger log, Exception exception, string version);

    [LoggerMessage(14, LogLevel.Error, "Candidate {Version} failed, and stable answered in its place")]
    public static partial void CandidateFailed(ILogger log, Exception exception, string version);

    [LoggerMessage(18, LogLevel.Warning, "What is measured for rollout {Rollout} cannot be kept: {Fault}")]
    public static partial void NotMeasured(ILogger log, string rollout, string fault);

    [LoggerMessage(15, LogLevel.Warning, "Prediction log: {Fault}")]
    public static partial void LogFailed(ILogger log, string fault);

    [LoggerMessage(16, LogLevel.Warning, "Feedback waits, and is not joined with its predictions: {Fault}")]
    public static partial void FeedbackNotJoined(ILogger log, string fault);

    [LoggerMessage(45, LogLevel.Warning, "What is known of drift cannot be kept, and waits: {Fault}")]
    public static partial void DriftNotKept(ILogger log, string fault);

    [LoggerMessage(46, LogLevel.Warning, "Retraining waits, and nothing else does: {Fault}")]
    public static partial void RetrainingWaits(ILogger log, string fault);

    [LoggerMessage(50, LogLevel.Warning, "Alerts are not evaluated here: {Fault}")]
    public static partial void AlertsNotEvaluated(ILogger log, string fault);

    [LoggerMessage(51, LogLevel.Warning, "What rules of alerts ask for could not be observed, so no alert ends: {Fault}")]
    public static partial void NotObserved(ILogger log, string fault);

    [LoggerMessage(52, LogLevel.Warning, "Message {AlertMessage} was not delivered to {Notifier}, and is kept: {Fault}")]
    public static partial void AlertNotDelivered(ILogger log, string alertMessage, string notifier, string fault);

    [LoggerMessage(40, LogLevel.Information, "Batch job {Job} ended: {State}, {Rows} rows, {Errors} without an answer")]
    public static partial void BatchJobEnded(ILogger log, string job, string state, long rows, long errors);

    [LoggerMessage(41, LogLevel.Warning, "Batch job {Job} is not worked at here: {Fault}")]
    public static partial void BatchJobDeclined(ILogger log, string job, string fault);

    [LoggerMessage(42, LogLevel.Warning, "Batch jobs wait: {Fault}")]
    public static partial void BatchJobsWait(ILogger log, string fault);

    [LoggerMessage(19, LogLevel.Warning, "Too much is asked for at once: {Refused} requests were refused since the last such line, which comes once a second at most")]
    public static partial void Overloaded(ILogger log, int refused);

    [LoggerMessage(30, LogLevel.Information, "Flags of revision {Revision}: {Names}")]
    public static partial void Flags(ILogger log, long revision, string names);

    [LoggerMessage(31, LogLevel.Warning, "The flags cannot be read, and what held last holds on: {Fault}")]
    public static partial void FlagsUnknown(ILogger log, string fault);

    [LoggerMessage(32, LogLevel.Warning, "The flags cannot be written to {File}, so a server cannot start with them without the metadata store: {Fault}")]
    public static partial void FlagsNotRemembered(ILogger log, string file, string fault);

    [LoggerMessage(33, LogLevel.Error, "Flag {Flag} cannot be evaluated, and counts as on")]
    public static partial void FlagFailed(ILogger log, Exception exception, string flag);

    [LoggerMessage(10, LogLevel.Information, "{Method} {Route} was refused with {Status} after {DurationMs} ms, request {RequestId}")]
    public static partial void RequestRefused(ILogger log, string method, string route, int status, double durationMs, string requestId);

    [LoggerMessage(11, LogLevel.Warning, "{Method} {Route} was slow: {Status} after {DurationMs} ms, request {RequestId}")]
    public static partial void RequestSlow(ILogger log, string method, string route, int status, double durationMs, string requestId);

    [LoggerMessage(12, LogLevel.Error, "{Method} {Route} failed with {Status} after {DurationMs} ms, request {RequestId}")]
    public static partial void RequestFailed(ILogger log, Exception? exception, string method, string route, int status, double durationMs, string requestId);

    [LoggerMessage(13, LogLevel.Error, "{Method} {Route} failed with {Status}, request {RequestId}: {Fault}")]
    public static partial void MetadataFailed(ILogger log, string fault, string method, string route, int status, string requestId);
}
