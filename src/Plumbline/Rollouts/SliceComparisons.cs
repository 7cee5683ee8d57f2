namespace Plumbline.Rollouts;

/// <summary>The table of slices of an A/B test. All bounds of it hold together: each has α over the number of candidates and of slices that there may be at most.</summary>
internal static class SliceComparisons
{
    public static AbReport AddTo(AbReport report, RolloutDefinition definition, RolloutState state, bool isInvalid)
    {
        if (definition.MostSlices == 0 || definition.Test!.Metric == RolloutMetric.Outcome)
            return report;
        VersionSums[] arms = [state.Sums(0, definition.Stable, false), .. definition.Candidates.Select(candidate => state.Sums(0, candidate.Version, false))];
        Slice[] slices =
        [
            .. arms.SelectMany(arm => arm.Slices).Select(sums => new Slice(sums.Column, sums.Value)).Distinct()
                .OrderBy(slice => slice.Column, StringComparer.Ordinal).ThenBy(slice => slice.Value, StringComparer.Ordinal),
        ];
        var most = Math.Max(definition.MostSlices, slices.Length);
        return report with
        {
            MostSlices = most,
            Slices = [.. slices.SelectMany(slice => definition.Candidates.Select((candidate, i) => Compare(definition, state, slice, candidate.Version, arms[i + 1], arms[0], most, isInvalid)))],
            Columns = [.. slices.Select(slice => slice.Column).Concat(definition.Test.Slices ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(column => Count(column, arms))],
        };
    }

    /// <summary>In words, where a candidate is worse: what is gained over all may be lost there.</summary>
    public static IEnumerable<string> Losses(RolloutDefinition definition, AbReport report) => (report.Slices ?? []).Where(slice => slice.Verdict == AbVerdict.Worse).Select(slice =>
        $"{slice.Version} is worse in {new Slice(slice.Column, slice.Value)}: {report.Metric} {Words.Score(slice.Candidate!.Value)} over {Words.Count(slice.CandidateRows)} rows against stable's {Words.Score(slice.Stable!.Value)} "
        + $"over {Words.Count(slice.StableRows)}, within {Words.Signed(slice.Low)} and {Words.Signed(slice.High)}, corrected for {report.MostSlices} slices{(definition.Candidates.Count > 1 ? $" of {definition.Candidates.Count} candidates" : "")}");

    private static SliceComparison Compare(
        RolloutDefinition definition, RolloutState state, Slice slice, string version, VersionSums candidate, VersionSums stable, int most, bool isInvalid)
    {
        var test = definition.Test!;
        // Told before anything is seen, as bounds have it: a slice of the usual size is then near where its bounds are tightest.
        var planned = Math.Max(test.LeastSamples, test.Horizon / most);
        var effect = MetricEffect.Of(test.Metric, test.Label, candidate.Of(slice), stable.Of(slice), planned, test.LeastSamples, definition.Alpha / definition.Candidates.Count / most);
        if (effect.Missing is null && test.LeastDuration - (state.Time - state.Started) is var left && left > TimeSpan.Zero)
            effect = effect with { Missing = test.Wait(left) };
        return new SliceComparison(
            slice.Column, slice.Value, version, isInvalid ? AbVerdict.Invalid : test.VerdictOf(effect), effect.StableRows, effect.CandidateRows, Known(effect.Stable), Known(effect.Candidate), Known(effect.Effect),
            effect.Low, effect.High, effect.Missing);
    }

    private static SlicedColumn Count(string column, VersionSums[] arms)
    {
        var rows = arms.Sum(arm => Rows(arm.Confusion));
        return new SlicedColumn(column, rows, rows - arms.Sum(arm => arm.Slices.Where(sums => sums.Column == column).Sum(sums => Rows(sums.Confusion))));
    }

    private static long Rows(IReadOnlyList<LabelPair> confusion) => confusion.Sum(pair => pair.Rows);

    private static double? Known(double value) => double.IsNaN(value) ? null : value;
}
