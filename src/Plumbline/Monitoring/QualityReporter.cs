using Plumbline.Inference.Feedback;
using Plumbline.Inference.Logging;
using Plumbline.Storage;

namespace Plumbline.Monitoring;

/// <summary>Makes reports of quality of what servers counted and joined. Thread-safe.</summary>
/// <exception cref="MetadataException">The store does not answer, or holds a window that is damaged.</exception>
public sealed class QualityReporter(IMetadataStore store, TimeProvider time)
{
    private const int Resamples = 1_000;
    private const int PeriodResamples = 300;

    /// <summary>Slices that a report tells of, those with the most labels; and the labels that one must have.</summary>
    private const int MostSlices = 50;
    private const int LeastOfSlice = 30;

    /// <summary>How long before its answer an id may have been made.</summary>
    private static readonly TimeSpan LongestRequest = TimeSpan.FromHours(1);

    /// <summary>So far back it is looked how late labels come.</summary>
    private static readonly TimeSpan DelaySpan = TimeSpan.FromDays(45);

    private readonly QualityWindows _windows = new(store, time);
    private readonly DriftWindows _requests = new(store, time);

    /// <summary>Of a version's answers that were given in a stretch of time. Without labels, requests or both it says so.</summary>
    /// <param name="withPeriods">Whether it is also told period by period.</param>
    public async Task<QualityReport> ReportAsync(
        string version, QualityReference reference, DateTimeOffset from, DateTimeOffset until, DriftProfile profile, bool withPeriods = true, CancellationToken cancellation = default)
    {
        var now = time.GetUtcNow();
        var delay = await DelayAsync(version, from, until, now, cancellation).ConfigureAwait(false);
        var slices = await _windows.ReadAsync(version, from, until, withSlices: true, cancellation).ConfigureAwait(false);
        var all = slices.Where(window => window.Slice.Length == 0).ToArray();
        var sketches = await _requests.ReadAsync(version, from, until, cancellation).ConfigureAwait(false);
        var measured = QualitySums.MergeAll(all.Where(IsMature).Select(window => window.Sums));
        var concept = await store.ReadAsync(connection => ConceptDrift.Read(connection, version), cancellation).ConfigureAwait(false);
        return new QualityReport(
            version, profile.Name, from, until, null, sketches.Sum(window => window.Sketch.Requests), reference.MacroF1, reference.Accuracy,
            measured.Labels == 0 ? null : QualityScores.Of(measured, reference.Labels, Resamples), all.Sum(window => window.Sums.Labels) - measured.Labels,
            EstimatedOf(sketches), reference.Estimated, new ConceptDriftState(concept.Labels, concept.InForce, concept.Stands, concept.Changes), delay.Shares,
            Slices(slices.Where(window => window.Slice.Length > 0 && IsMature(window)), reference.Labels),
            withPeriods ? Periods(all, sketches, from, until, reference.Labels, delay, now) : [], new DriftDecision(DriftAction.None, [])).Judged(profile);

        bool IsMature(QualityWindow window) => delay.Completeness(now - window.End) >= LabelDelay.Mature;
    }

    /// <summary>Of logged predictions that meet some conditions, as far as they and their labels are still kept; without periods, slices and concept drift.</summary>
    /// <exception cref="Datasets.DatasetException">The log cannot be read.</exception>
    /// <exception cref="IOException">Likewise.</exception>
    public async Task<QualityReport> OfSliceAsync(
        string version, QualityReference reference, DateTimeOffset from, DateTimeOffset until, LoggedSource source, IReadOnlyList<DriftFilter> filters, DriftProfile profile, CancellationToken cancellation = default)
    {
        var now = time.GetUtcNow();
        var delay = await DelayAsync(version, from, until, now, cancellation).ConfigureAwait(false);
        var labels = await new FeedbackStore(store, time).LabelsAsync(from - LongestRequest, until, cancellation).ConfigureAwait(false);
        var logged = await LoggedSlice.OpenAsync(source, new PredictionQuery(from, until, version), filters, cancellation).ConfigureAwait(false);
        var (sums, immature, expected) = (new QualitySums(), new QualitySums(), new ExpectedOutcomes(reference.Labels.Count));
        foreach (var prediction in logged.All())
        {
            cancellation.ThrowIfCancellationRequested();
            if (prediction.Labels.SequenceEqual(reference.Labels, StringComparer.Ordinal))
                expected.Add([.. prediction.Probabilities], DriftComparison.IndexOf(reference.Labels, prediction.Label));
            if (labels.TryGetValue(prediction.Id, out var label))
                (delay.Completeness(now - prediction.Time) >= LabelDelay.Mature ? sums : immature).Add(new SettledFeedback(prediction, label, null, prediction.Time));
        }
        return new QualityReport(
            version, profile.Name, from, until, string.Join(" and ", filters), expected.Requests, reference.MacroF1, reference.Accuracy,
            sums.Labels == 0 ? null : QualityScores.Of(sums, reference.Labels, Resamples), immature.Labels, EstimatedQuality.Of(expected, reference.Labels), reference.Estimated,
            new ConceptDriftState(0, null, false, []), delay.Shares, [], [], new DriftDecision(DriftAction.None, [])).Judged(profile);
    }

    private async Task<LabelDelay> DelayAsync(string version, DateTimeOffset from, DateTimeOffset until, DateTimeOffset now, CancellationToken cancellation)
    {
        var earliest = from < now - DelaySpan ? from : now - DelaySpan;
        var windows = await _windows.ReadAsync(version, earliest, until, withSlices: false, cancellation).ConfigureAwait(false);
        var counted = await _requests.CountAsync(version, earliest, until, cancellation).ConfigureAwait(false);
        return new LabelDelay(Aligned(windows, counted, now), now);
    }

    /// <summary>Labels beside the requests of the same stretches: each as long as windows are once all was merged that is old enough.</summary>
    private static IReadOnlyList<(DateTimeOffset End, long Requests, QualitySums Sums)> Aligned(
        IReadOnlyList<QualityWindow> windows, IReadOnlyList<(DateTimeOffset Start, TimeSpan Length, long Requests)> counted, DateTimeOffset now)
    {
        var requests = counted.GroupBy(window => EndOf(window.Start)).ToDictionary(same => same.Key, same => same.Sum(window => window.Requests));
        var sums = windows.GroupBy(window => EndOf(window.Start)).ToDictionary(same => same.Key, same => QualitySums.MergeAll(same.Select(window => window.Sums)));
        return [.. requests.Keys.Union(sums.Keys).Order().Select(end => (end, requests.GetValueOrDefault(end), sums.GetValueOrDefault(end) ?? new QualitySums()))];

        DateTimeOffset EndOf(DateTimeOffset start) => DriftWindow.StartOf(start, DriftWindows.LengthAt(start, now)) + DriftWindows.LengthAt(start, now);
    }

    private static EstimatedQuality? EstimatedOf(IReadOnlyList<DriftWindow> windows)
    {
        if (windows.Count == 0)
            return null;
        var expected = new ExpectedOutcomes(windows[0].Sketch.Schema.Labels.Count);
        foreach (var window in windows)
            expected.Merge(window.Sketch.Expected);
        return EstimatedQuality.Of(expected, windows[0].Sketch.Schema.Labels);
    }

    private static SliceScores[] Slices(IEnumerable<QualityWindow> windows, IReadOnlyList<string> labels) =>
    [
        .. windows.GroupBy(window => window.Slice, StringComparer.Ordinal).Select(slice => (slice.Key, Sums: QualitySums.MergeAll(slice.Select(window => window.Sums)))).Where(slice => slice.Sums.Labels >= LeastOfSlice)
            .OrderByDescending(slice => slice.Sums.Labels).ThenBy(slice => slice.Key, StringComparer.Ordinal).Take(MostSlices)
            .Select(slice => (slice.Key, Scores: QualityScores.Of(slice.Sums, labels, PeriodResamples)))
            .Select(slice => new SliceScores(slice.Key, slice.Scores.Labels, slice.Scores.Accuracy, slice.Scores.MacroF1, slice.Scores.Ece)),
    ];

    private static QualityPeriod[] Periods(
        QualityWindow[] windows, IReadOnlyList<DriftWindow> sketches, DateTimeOffset from, DateTimeOffset until, IReadOnlyList<string> labels, LabelDelay delay, DateTimeOffset now)
    {
        var longest = windows.Select(window => window.Length).Concat(sketches.Select(window => window.Length)).DefaultIfEmpty(DriftWindow.ShortLength).Max();
        var length = DriftReporter.PeriodLength(longest, until - from);
        var ofWindows = windows.ToLookup(window => DriftWindow.StartOf(window.Start + (window.Length / 2), length));
        var ofSketches = sketches.ToLookup(window => DriftWindow.StartOf(window.Start + (window.Length / 2), length));
        return
        [
            .. ofWindows.Select(group => group.Key).Union(ofSketches.Select(group => group.Key)).Order().Select(start =>
            {
                var sums = QualitySums.MergeAll(ofWindows[start].Select(window => window.Sums));
                var completeness = delay.Completeness(now - (start + length));
                var scores = sums.Labels == 0 ? null : QualityScores.Of(sums, labels, PeriodResamples);
                var estimated = EstimatedOf([.. ofSketches[start]]);
                return new QualityPeriod(
                    start, start + length, ofSketches[start].Sum(window => window.Sketch.Requests), sums.Labels, completeness, completeness >= LabelDelay.Mature,
                    scores is null ? null : new PeriodScores(scores.Accuracy, scores.MacroF1), estimated is null ? null : new PeriodScores(estimated.Accuracy, estimated.MacroF1));
            }),
        ];
    }
}
