using System.Globalization;
using System.Text.Json.Serialization;

namespace Plumbline.Tuning.Spaces;

/// <summary>A value of a hyperparameter: a truth value, a 64-bit integer, a finite binary64 or a string. Values of different kinds are never equal.</summary>
[JsonConverter(typeof(ParameterValueConverter))]
public readonly record struct ParameterValue
{
    private readonly string? _text;
    private readonly double _real;
    private readonly long _integer;

    private ParameterValue(ParameterKind kind, long integer, double real, string? text) => (Kind, _integer, _real, _text) = (kind, integer, real, text);

    public ParameterKind Kind { get; }

    /// <summary>Also for integers.</summary>
    /// <exception cref="InvalidOperationException">It is not a number.</exception>
    public double AsDouble() => Kind switch
    {
        ParameterKind.Float => _real,
        ParameterKind.Int => _integer,
        _ => throw Mismatch("a number"),
    };

    /// <exception cref="InvalidOperationException">It is not an integer.</exception>
    public long AsInt64() => Kind == ParameterKind.Int ? _integer : throw Mismatch("an integer");

    /// <exception cref="InvalidOperationException">It is not a truth value.</exception>
    public bool AsBoolean() => Kind == ParameterKind.Boolean ? _integer != 0 : throw Mismatch("true or false");

    /// <exception cref="InvalidOperationException">It is not a string.</exception>
    public string AsString() => Kind == ParameterKind.Text ? _text! : throw Mismatch("a string");

    /// <summary>As in JSON, strings without quotes; the shortest digits that give the same number again.</summary>
    public override string ToString() => Kind switch
    {
        ParameterKind.Boolean => _integer != 0 ? "true" : "false",
        ParameterKind.Int => _integer.ToString(CultureInfo.InvariantCulture),
        ParameterKind.Float => Digits(_real),
        _ => _text ?? "",
    };

    public static implicit operator ParameterValue(bool value) => new(ParameterKind.Boolean, value ? 1 : 0, 0, null);

    public static implicit operator ParameterValue(long value) => new(ParameterKind.Int, value, 0, null);

    public static implicit operator ParameterValue(int value) => new(ParameterKind.Int, value, 0, null);

    /// <exception cref="ArgumentException">It is not finite.</exception>
    public static implicit operator ParameterValue(double value) =>
        double.IsFinite(value) ? new(ParameterKind.Float, 0, value + 0.0, null) : throw new ArgumentException($"{value.ToString(CultureInfo.InvariantCulture)} is no value of a parameter: it is not finite.");

    public static implicit operator ParameterValue(string value) => new(ParameterKind.Text, 0, 0, value ?? throw new ArgumentNullException(nameof(value)));

    /// <summary>A binary64 keeps a point or an exponent, so that 1.0 is not read back as the integer 1.</summary>
    private static string Digits(double value)
    {
        var digits = value.ToString("R", CultureInfo.InvariantCulture);
        return digits.AsSpan().ContainsAny('.', 'E') ? digits : digits + ".0";
    }

    private InvalidOperationException Mismatch(string wanted) => new($"'{this}' is not {wanted}.");
}
