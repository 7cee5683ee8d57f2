using Plumbline.Inference;
using Plumbline.Inference.Logging;
using Plumbline.Storage;

namespace Plumbline.Monitoring;

/// <summary>Makes reports of the windows that servers sent. Thread-safe.</summary>
public sealed class DriftReporter(DriftWindows windows)
{
    /// <summary>Columns of the picture over time, at most.</summary>
    private const int MostPeriods = 48;

    /// <summary>Logged predictions among which examples are looked for.</summary>
    private const int MostExamined = 2_000;

    /// <summary>Examples are of the last so much of the time: what is logged of all of it may be very much.</summary>
    private static readonly TimeSpan ExamplesSpan = TimeSpan.FromHours(6);

    private static readonly TimeSpan[] PeriodLengths = [DriftWindow.ShortLength, TimeSpan.FromMinutes(30), TimeSpan.FromHours(1), TimeSpan.FromHours(6), TimeSpan.FromDays(1), TimeSpan.FromDays(7)];

    /// <summary>Compares what a version was asked and answered in a stretch of time with a reference.</summary>
    /// <param name="last">Requests that are enough: only the last windows that have so many together count. Null: all.</param>
    /// <exception cref="MetadataException">NotFound: it has no windows in that time.</exception>
    public async Task<DriftReport> ReportAsync(
        string version, DriftReference reference, DateTimeOffset from, DateTimeOffset until, DriftProfile profile, long? last = null, CancellationToken cancellation = default)
    {
        var found = Last(await RequireAsync(version, from, until, cancellation).ConfigureAwait(false), last);
        var all = DriftSketch.MergeAll(found.Select(window => window.Sketch))!;
        return DriftReport.Of(version, reference, all, last is null ? from : found[0].Start, until, profile, Periods(found, from, until));
    }

    /// <summary>Compares a slice of the predictions that servers logged with a reference.</summary>
    /// <param name="predictor">The version's: it computes again what features texts have that are kept.</param>
    /// <exception cref="Datasets.DatasetException">The log cannot be read.</exception>
    /// <exception cref="IOException">Likewise.</exception>
    public static async Task<DriftReport> OfSliceAsync(
        LoggedSource source, PredictionQuery query, IReadOnlyList<DriftFilter> filters, DriftReference reference, DriftProfile profile, IPredictor predictor, CancellationToken cancellation = default)
    {
        var logged = await LoggedSlice.OpenAsync(source, query, filters, cancellation).ConfigureAwait(false);
        var sketch = DriftSlice.Read(logged, reference.Sketch.Schema, predictor, cancellation);
        var report = DriftReport.Of(query.Version ?? "all versions", reference, sketch, query.From, query.Until, profile, [], string.Join(" and ", filters));
        return report with { Examples = Examples(logged, reference, sketch, report, predictor, cancellation) };
    }

    /// <summary>Adds logged predictions that show most what moved, of those that are still logged.</summary>
    /// <inheritdoc cref="OfSliceAsync" path="/param|/exception"/>
    public async Task<DriftReport> WithExamplesAsync(DriftReport report, LoggedSource source, DriftReference reference, IPredictor predictor, CancellationToken cancellation = default)
    {
        if (report.Features.All(feature => feature.Severity == DriftSeverity.None))
            return report;
        var found = await windows.ReadAsync(report.Version, report.From, report.Until, cancellation).ConfigureAwait(false);
        var latest = found.Max(window => window.End);
        var from = report.From > latest - ExamplesSpan ? report.From : latest - ExamplesSpan;
        var logged = await LoggedSlice.OpenAsync(source, new PredictionQuery(from, report.Until, report.Version), [], cancellation).ConfigureAwait(false);
        return report with { Examples = Examples(logged, reference, DriftSketch.MergeAll(found.Select(window => window.Sketch))!, report, predictor, cancellation) };
    }

    private static IReadOnlyList<DriftExample> Examples(LoggedSlice logged, DriftReference reference, DriftSketch sketch, DriftReport report, IPredictor predictor, CancellationToken stop)
    {
        var examples = new DriftExamples(reference, sketch, report.Features, predictor);
        foreach (var (_, prediction) in examples.IsNeeded ? logged.Sample(MostExamined, withText: false, stop).Found : [])
            examples.Add(prediction);
        return examples.Found();
    }

    /// <summary>What a version was asked and answered in a stretch of time, as a reference for others.</summary>
    /// <inheritdoc cref="ReportAsync" path="/exception"/>
    public async Task<DriftReference> ReferenceAsync(string version, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation = default)
    {
        var found = await RequireAsync(version, from, until, cancellation).ConfigureAwait(false);
        return new DriftReference(DriftSketch.MergeAll(found.Select(window => window.Sketch))!, FormattableString.Invariant($"traffic of {version} from {from:yyyy-MM-dd'T'HH:mm'Z'} to {until:yyyy-MM-dd'T'HH:mm'Z'}"));
    }

    private async Task<IReadOnlyList<DriftWindow>> RequireAsync(string version, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation)
    {
        var found = await windows.ReadAsync(version, from, until, cancellation).ConfigureAwait(false);
        return found.Count > 0 ? found : throw new MetadataException(
            MetadataError.NotFound,
            FormattableString.Invariant($"No server has told what {version} was asked from {from:yyyy-MM-dd HH:mm} to {until:yyyy-MM-dd HH:mm} UTC. Servers tell it every minute; name another time with --since, or another version with --version."));
    }

    private static IReadOnlyList<DriftWindow> Last(IReadOnlyList<DriftWindow> windows, long? requests)
    {
        if (requests is not { } wanted)
            return windows;
        var first = windows.Count;
        for (var found = 0L; found < wanted && first > 0;)
            found += windows[--first].Sketch.Requests;
        return [.. windows.Skip(first)];
    }

    /// <summary>The shortest of which there are not too many.</summary>
    /// <param name="longest">Of the windows.</param>
    internal static TimeSpan PeriodLength(TimeSpan longest, TimeSpan span) => PeriodLengths.FirstOrDefault(length => length >= longest && span / length <= MostPeriods, PeriodLengths[^1]);

    /// <summary>A window counts to the period that its middle lies in; a long one is a period of its own then.</summary>
    private static List<(DateTimeOffset From, DateTimeOffset Until, DriftSketch Sketch)> Periods(IReadOnlyList<DriftWindow> windows, DateTimeOffset from, DateTimeOffset until)
    {
        var longest = windows.Max(window => window.Length);
        var length = PeriodLength(longest, until - from);
        return
        [
            .. windows.GroupBy(window => DriftWindow.StartOf(window.Start + (window.Length / 2), length)).OrderBy(group => group.Key)
                .Select(group => (group.Key, group.Key + length, DriftSketch.MergeAll(group.Select(window => window.Sketch))!)),
        ];
    }
}
