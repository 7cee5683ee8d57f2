namespace Plumbline.Server.Tests.Fuzzing;

/// <summary>A request of each kind that the interface has.</summary>
internal static class ValidRequests
{
    /// <summary>Of texts: no answer and no log may have it.</summary>
    public const string Secret = "a long confession that nobody but the one who wrote it is ever to read again";

    private const string Id = "0198c1de-6b7a-7000-8000-1f0c4d2b9a31";

    public static readonly (string Method, string Path, string Body)[] All =
    [
        ("POST", "/predict", $$$"""{"texts":["{{{Secret}}}","dull"],"numeric_features":{"price":[4.99,null]},"entities":{"user":["u1","u2"],"item":["b1",null]},"time":["2014-07-23",1406073600],"explain":2}"""),
        ("POST", "/predict", $$$"""{"text":"{{{Secret}}}","numeric_features":{"price":4.5},"categorical_features":{"country":"DE"},"entities":{"user":"u1"},"time":"2014-07-23T10:00:00Z"}"""),
        ("POST", "/batch_predict", $$$"""{"data":[{"text":"{{{Secret}}}","price":3,"user":"u1"},{"reviewText":"dull","time":1406073600}],"explain":1}"""),
        ("POST", "/v2/models/reviews/infer", $$$"""{"id":"1","inputs":[{"name":"text","datatype":"BYTES","shape":[1],"data":["{{{Secret}}}"]},{"name":"price","datatype":"FP32","shape":[1],"data":[1.5]}],"outputs":[{"name":"label"}]}"""),
        ("POST", "/v2/models/reviews/versions/3/infer", $$$"""{"inputs":[{"name":"text","datatype":"BYTES","shape":[2],"data":["{{{Secret}}}","dull"]}]}"""),
        ("POST", "/v1/features/observations", $$$"""{"observations":[{"id":"o1","user":"u1","item":"b1","time":"2014-07-23T10:00:00Z","text":"{{{Secret}}}"},{"id":"o2","user":"u2","characters":120}]}"""),
        ("POST", "/v1/features/labels", """{"labels":[{"id":"o1","user":"u1","item":"b1","time":"2014-07-25","label":"5"}]}"""),
        ("POST", "/v1/feedback", $$"""{"prediction_id":"{{Id}}","label":"4","time":"2026-01-26T03:14:15Z","id":"f1"}"""),
        ("POST", "/v1/feedback", $$"""{"feedback":[{"prediction_id":"{{Id}}","label":"5"},{"prediction_id":"{{Id}}","label":"1","id":"f2"}]}"""),
        ("PUT", "/v1/flags/new-page", """{"flag":{"enabled":true,"filters":[{"name":"Microsoft.Percentage","parameters":{"Value":50}}]},"reason":"try it","expect":0}"""),
        ("POST", "/v1/flags/new-page/disable", """{"reason":"enough"}"""),
        ("POST", "/ofrep/v1/evaluate/flags", """{"context":{"targetingKey":"ann","groups":["shop"]}}"""),
        ("POST", "/ofrep/v1/evaluate/flags/new-page", """{"context":{"targetingKey":"ann"}}"""),
        ("PUT", "/v1/traffic", """{"plan":{"candidates":[{"version":"challenger","share":0.1}],"unit":"user"},"reason":"try it"}"""),
        ("POST", "/v1/rollouts", """{"candidates":["challenger"],"name":"reviews-4","reason":"trained on November"}"""),
        ("POST", "/v1/rollouts/reviews-4/approve", """{"step":2}"""),
        ("POST", "/v1/rollouts/reviews-4/abort", """{"reason":"late"}"""),
        ("POST", "/v1/rollouts/reviews-4/promote", """{"version":"reviews/4","reason":"good"}"""),
        ("POST", "/v1/pipelines/training/runs", """{"parameters":{"training":{"seed":7}},"force":["choose"],"key":"monday","reason":"new prices"}"""),
        ("POST", $"/v1/pipelines/training/runs/{Id}/cancel", """{"reason":"late"}"""),
        ("POST", $"/v1/pipelines/training/runs/{Id}/pause", """{"reason":"later"}"""),
        ("POST", $"/v1/pipelines/training/runs/{Id}/resume", """{"reason":"now"}"""),
        ("POST", "/v1/retraining", """{"reason":"new products"}"""),
        ("POST", $"/v1/retraining/{Id}/approve", """{"reason":"as agreed"}"""),
        ("POST", $"/v1/retraining/{Id}/reject", """{"reason":"a sale"}"""),
        ("POST", $"/v1/alerts/{Id}/acknowledge", """{"reason":"looking into it"}"""),
        ("POST", "/v1/batch-jobs", """{"input":"in.csv","output":"out.csv","format":"csv","key":"k1"}"""),
        ("POST", $"/v1/batch-jobs/{Id}/cancel", "{}"),
        ("DELETE", $"/v1/batch-jobs/{Id}", ""),
        .. new[]
        {
            "/health", "/readiness", "/ready", "/metadata", "/metrics", "/openapi/v1.json", "/", "/v1/traffic", "/v1/drift", "/v1/quality", "/v1/rollouts", "/v1/rollouts/reviews-4", "/v1/flags", "/v1/batch-jobs", $"/v1/batch-jobs/{Id}",
            "/v1/pipelines", "/v1/pipelines/training/runs", $"/v1/pipelines/training/runs/{Id}", "/v1/retraining", $"/v1/retraining/{Id}", "/v1/alerts",
            "/v2", "/v2/health/live", "/v2/health/ready", "/v2/models/reviews", "/v2/models/reviews/ready", "/v2/models/reviews/versions/3", "/v2/models/reviews/versions/3/ready",
        }.Select(path => ("GET", path, "")),
    ];
}
