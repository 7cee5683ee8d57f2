using System.Globalization;

namespace Plumbline.Reporting;

/// <summary>Numbers as people read them: three digits and k, M or G.</summary>
internal static class Quantity
{
    private static readonly (double Size, string Suffix)[] Sizes = [(1e9, "G"), (1e6, "M"), (1e4, "k")];

    public static string Short(double value)
    {
        foreach (var (size, suffix) in Sizes)
            if (Math.Abs(value) >= size)
                return (value / Math.Min(size, size == 1e4 ? 1e3 : size)).ToString("0.#", CultureInfo.InvariantCulture) + suffix;
        return value.ToString(Math.Abs(value) >= 100 || value == Math.Floor(value) ? "#,0" : Math.Abs(value) >= 1 ? "0.##" : "0.####", CultureInfo.InvariantCulture);
    }

    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A share as per cent; what is not nothing, and not all, does not read as that.</summary>
    public static string Share(double part, double whole)
    {
        var share = whole == 0 ? 0 : part / whole;
        return share is > 0 and < 0.0001 ? "<0.01 %" : share is < 1 and > 0.9999 ? ">99.99 %" : (100 * share).ToString(share is > 0 and < 0.01 ? "0.00" : "0.#", CultureInfo.InvariantCulture) + " %";
    }
}
