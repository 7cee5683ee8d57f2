namespace Plumbline.Tests.Statistics;

internal static class NearAssertions
{
    /// <summary>Within 1e-12, or both NaN, which a tolerance alone does not accept.</summary>
    public static void ShouldBeNear(this double actual, double expected)
    {
        if (double.IsNaN(expected))
            actual.ShouldBe(double.NaN);
        else
            actual.ShouldBe(expected, 1e-12);
    }

    public static void ShouldBeNear(this IEnumerable<double> actual, IReadOnlyList<double> expected)
    {
        var values = actual.ToArray();
        values.Length.ShouldBe(expected.Count);
        for (var i = 0; i < values.Length; i++)
            values[i].ShouldBeNear(expected[i]);
    }
}
