using FsCheck.Xunit;
using Plumbline.Features;

namespace Plumbline.Tests.Features;

public sealed class FeatureMatrixTests
{
    private const int Classes = 3;

    [Property(MaxTest = 20)]
    public void Sample_GrowingShares_RowsOfEachClassInOrderAndNested(ushort seed)
    {
        var records = Batches.Random(seed, 200, Classes);
        var (features, all) = FittedFeatures.Learn(
            () => Batches.Of(40, records), Classes, true, FeatureOptions.Default with { MinDf = 1 }, 1, MatrixMemory.Default, CancellationToken.None);
        using var _ = features;
        using var __ = all;
        var counts = CountsOf(all);
        var larger = Rows(all);
        foreach (var share in new[] { 1, 0.7, 0.25, 0.001 })
        {
            using var sample = all.Sample(share, seed, new MatrixMemory(seed % 2 == 0 ? 1_000 : 1_000_000, Path.GetTempPath()));
            CountsOf(sample).ShouldBe(counts.Select(count => (int)Math.Ceiling(share * count)));
            var rows = Rows(sample);
            IsSubsequence(rows, larger).ShouldBeTrue();
            (sample.Columns, sample.Rows).ShouldBe((all.Columns, rows.Count));
            larger = rows;
        }
    }

    private static int[] CountsOf(FeatureMatrix matrix) => [.. Enumerable.Range(0, Classes).Select(label => matrix.Labels().Count(own => own == label))];

    private static List<string> Rows(FeatureMatrix matrix)
    {
        var rows = new List<string>();
        foreach (var block in matrix.Blocks)
        {
            var numeric = block.Numeric.Length / block.Rows;
            for (var row = 0; row < block.Rows; row++)
            {
                var entries = Enumerable.Range(block.Start(row), block.Ends[row] - block.Start(row)).Select(at => $"{block.Indices[at]}={block.Values[at]}");
                rows.Add($"{block.Labels[row]}: {string.Join(' ', entries)} | {string.Join(' ', block.Numeric.Skip(row * numeric).Take(numeric))}");
            }
        }
        return rows;
    }

    private static bool IsSubsequence(List<string> rows, List<string> of)
    {
        var found = 0;
        foreach (var row in of)
            found += found < rows.Count && rows[found] == row ? 1 : 0;
        return found == rows.Count;
    }
}
