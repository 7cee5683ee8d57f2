using System.Globalization;
using Plumbline.Rollouts;

namespace Plumbline.Cli.Output;

/// <summary>What is known of an A/B test, for people.</summary>
internal static class AbTestTables
{
    public static void Write(Terminal terminal, AbReport report)
    {
        terminal.Error.WriteLine($"{report.Metric}: {JsonOutput.NameOf(report.Verdict)}");
        Tables.Write(terminal, ["Arm", "Share>", "Units>", "Rows>", "Value>"], report.Arms.Select(arm => new[]
        {
            arm.Version, arm.Share.ToString("p1", CultureInfo.InvariantCulture), Count(arm.Units), Count(arm.Rows), Number(arm.Value),
        }));
        Tables.Write(terminal, ["Candidate", "Effect>", "Low>", "High>", "Is"], report.Comparisons.Select(one => new[]
        {
            one.Version, Signed(one.Effect), Signed(one.Low), Signed(one.High), JsonOutput.NameOf(one.Verdict),
        }));
        if (report.Slices is { } slices)
            WriteSlices(terminal, report, slices);
    }

    private static void WriteSlices(Terminal terminal, AbReport report, IReadOnlyList<SliceComparison> slices)
    {
        Tables.Write(terminal, ["Slice", "Candidate", "Rows>", "Stable's>", "Value>", "Stable's>", "Effect>", "Low>", "High>", "Is"], slices.Select(one => new[]
        {
            $"{one.Column} {one.Value}", one.Version, Count(one.CandidateRows), Count(one.StableRows), Number(one.Candidate), Number(one.Stable), Signed(one.Effect), Signed(one.Low), Signed(one.High),
            JsonOutput.NameOf(one.Verdict),
        }));
        terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Bounds of slices hold together, corrected for {report.MostSlices}; the test is not decided by them."));
        foreach (var column in (report.Columns ?? []).Where(column => column.UnslicedRows > 0))
            terminal.Error.WriteLine($"{column.Column}: {Count(column.UnslicedRows)} of {Count(column.Rows)} rows are in no slice");
    }

    private static string Count(long count) => count.ToString("n0", CultureInfo.InvariantCulture);

    private static string Number(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "–";

    private static string Signed(double? value) => value?.ToString("+0.0000;-0.0000;0", CultureInfo.InvariantCulture) ?? "–";
}
