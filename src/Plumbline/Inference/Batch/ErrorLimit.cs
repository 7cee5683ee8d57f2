using System.Globalization;

namespace Plumbline.Inference.Batch;

/// <summary>How many rows may stay without an answer: a number of them, or a share of all that were looked at.</summary>
/// <param name="Rows">Null for a share.</param>
/// <param name="Share">0 to 1; null for a number.</param>
public readonly record struct ErrorLimit(long? Rows, double? Share)
{
    /// <summary>Reads <c>100</c> or <c>2.5%</c>.</summary>
    public static bool TryParse(string text, out ErrorLimit limit)
    {
        limit = default;
        if (text.EndsWith('%'))
        {
            if (!double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) || percent is not (>= 0 and <= 100))
                return false;
            limit = new ErrorLimit(null, percent / 100);
            return true;
        }
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var rows))
            return false;
        limit = new ErrorLimit(rows, null);
        return true;
    }

    /// <param name="errors">Of <paramref name="rows"/>.</param>
    public bool IsExceeded(long errors, long rows) => errors > Rows || errors > Share * rows;

    /// <summary>As <see cref="TryParse"/> reads it.</summary>
    public override string ToString() => Rows is { } rows ? rows.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{Share * 100:0.######}%");
}
