using Plumbline.Inference;
using Plumbline.Storage;

namespace Plumbline.Monitoring;

/// <summary>
/// Says what is to be done about a version, by what all servers counted of its requests and answers and by the labels that have come: docs/specs/quality.md. Thread-safe.
/// </summary>
/// <exception cref="MetadataException">The store does not answer, or holds a window that is damaged.</exception>
public sealed class RetrainingAdvisor(IMetadataStore store, TimeProvider time)
{
    private readonly DriftWindows _windows = new(store, time);
    private readonly QualityReporter _quality = new(store, time);

    /// <summary>Of how long drift is told.</summary>
    public TimeSpan DriftSpan { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Of how long quality is told: labels come late.</summary>
    public TimeSpan QualitySpan { get; init; } = TimeSpan.FromDays(7);

    public DriftProfile Profile { get; init; } = DriftProfile.Default;

    /// <summary>Looks at a version now.</summary>
    /// <param name="version">As in answers: <c>reviews/3</c>.</param>
    /// <param name="predictor">Its model, which says what it was trained on and how good it was.</param>
    /// <exception cref="Bundles.BundleException">The bundle is damaged.</exception>
    public Task<MonitorReport> LookAsync(string version, IPredictor predictor, CancellationToken cancellation = default) =>
        LookAsync(version, predictor is Predictor bundle ? DriftReference.Of(bundle) : null, QualityReference.Of(predictor), time.GetUtcNow(), cancellation);

    /// <param name="reference">Null where the model has none: nothing is said of drift.</param>
    /// <param name="now">End of both spans.</param>
    /// <inheritdoc cref="LookAsync(string, IPredictor, CancellationToken)"/>
    public async Task<MonitorReport> LookAsync(string version, DriftReference? reference, QualityReference quality, DateTimeOffset now, CancellationToken cancellation = default)
    {
        var drift = reference is null ? null : await DriftAsync(version, reference, now, cancellation).ConfigureAwait(false);
        var measured = await _quality.ReportAsync(version, quality, now - QualitySpan, now, Profile, withPeriods: false, cancellation).ConfigureAwait(false);
        return new MonitorReport(version, now, drift, measured, RetrainingDecision.Of(version, now, drift is null ? [measured.Decision] : [drift.Decision, measured.Decision]));
    }

    private async Task<DriftReport?> DriftAsync(string version, DriftReference reference, DateTimeOffset now, CancellationToken cancellation)
    {
        var found = await _windows.ReadAsync(version, now - DriftSpan, now, cancellation).ConfigureAwait(false);
        return DriftSketch.MergeAll(found.Select(window => window.Sketch)) is { } all ? DriftReport.OfLatest(version, reference, all, now - DriftSpan, now, Profile) : null;
    }
}
