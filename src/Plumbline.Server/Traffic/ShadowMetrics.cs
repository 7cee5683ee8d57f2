using Plumbline.Server.Generations;
using Prometheus;

namespace Plumbline.Server.Traffic;

/// <summary>What became of the requests that shadows were to answer. Thread-safe.</summary>
internal sealed class ShadowMetrics(MetricFactory create)
{
    private readonly Counter _requests = create.CreateCounter("plumbline_shadow_requests_total", "Requests that a shadow was to answer, too.", ["version", "outcome"]);
    private readonly Counter _disagreements = create.CreateCounter("plumbline_shadow_disagreements_total", "Texts that a shadow gave another label than stable.", ["version"]);
    private readonly Counter _texts = create.CreateCounter("plumbline_shadow_texts_total", "Texts that a shadow and stable both answered.", ["version"]);

    public void Dropped(ServedArm shadow) => _requests.WithLabels(VersionOf(shadow), "dropped").Inc();

    public void Failed(ServedArm shadow) => _requests.WithLabels(VersionOf(shadow), "failed").Inc();

    public void Compared(ServedArm shadow, int texts, int disagreements)
    {
        _requests.WithLabels(VersionOf(shadow), "compared").Inc();
        _texts.WithLabels(VersionOf(shadow)).Inc(texts);
        _disagreements.WithLabels(VersionOf(shadow)).Inc(disagreements);
    }

    private static string VersionOf(ServedArm shadow) => shadow.Generation.Model.Version;
}
