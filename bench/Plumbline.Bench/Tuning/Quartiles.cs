using System.Globalization;

namespace Plumbline.Bench.Tuning;

internal readonly record struct Quartiles(double Median, double Lower, double Upper)
{
    public static Quartiles Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return new(At(0.5), At(0.25), At(0.75));

        double At(double level)
        {
            var place = level * (sorted.Length - 1);
            var below = (int)place;
            return sorted[below] + ((place - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]));
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Text(Median)} [{Text(Lower)}, {Text(Upper)}]");

    private static string Text(double value) => Math.Abs(value) is > 0 and < 1e-4 ? value.ToString("0.0e0", CultureInfo.InvariantCulture) : value.ToString("0.####", CultureInfo.InvariantCulture);
}
