namespace Plumbline.Statistics;

/// <summary>How far values must be moved on the average to make one sample of the other: the area between the distribution functions, in the unit of the values. Pure.</summary>
internal static class WassersteinDistance
{
    public static double Of(TwoSamples samples)
    {
        if (samples.FirstCount == 0 || samples.SecondCount == 0)
            return 0;
        long first = 0, second = 0;
        var area = 0.0;
        for (var i = 0; i + 1 < samples.Values.Length; i++)
        {
            first += samples.First[i];
            second += samples.Second[i];
            area += Math.Abs(((double)first / samples.FirstCount) - ((double)second / samples.SecondCount)) * (samples.Values[i + 1] - samples.Values[i]);
        }
        return area;
    }
}
