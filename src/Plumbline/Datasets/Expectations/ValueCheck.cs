using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;
using Plumbline.Datasets.Profiling;

namespace Plumbline.Datasets.Expectations;

/// <summary>Decides about one value: present, valid UTF-8, without white space at its ends. Thread-safe; a value that passes costs no allocation.</summary>
internal abstract class ValueCheck
{
    public abstract bool Accepts(ReadOnlySpan<byte> value);

    /// <summary>The byte at which the fault of a value that does not pass begins; 0 where all of it is.</summary>
    public virtual int FaultIn(ReadOnlySpan<byte> value) => 0;

    /// <summary>Null where values are not judged one by one: nulls and repeated values.</summary>
    public static ValueCheck? Of(Expectation expectation)
    {
        var arguments = expectation.Arguments;
        return expectation.Type switch
        {
            ExpectationType.ExpectColumnValuesToBeOfType => new TypeCheck(arguments.Type!.Value),
            ExpectationType.ExpectColumnValuesToBeBetween => new RangeCheck(arguments.MinValue, arguments.MaxValue),
            ExpectationType.ExpectColumnValuesToBeInSet => new SetCheck(arguments.ValueSet!, member: true),
            ExpectationType.ExpectColumnValuesToNotBeInSet => new SetCheck(arguments.ValueSet!, member: false),
            ExpectationType.ExpectColumnValuesToMatchRegex => new RegexCheck(arguments.Regex!, match: true),
            ExpectationType.ExpectColumnValuesToNotMatchRegex => new RegexCheck(arguments.Regex!, match: false),
            ExpectationType.ExpectColumnValueLengthsToBeBetween => new LengthCheck(arguments.MinValue, arguments.MaxValue),
            ExpectationType.ExpectColumnValuesToNotHaveReplacementCharacters => new ReplacementCheck(),
            ExpectationType.ExpectColumnValuesToNotHaveMojibake => new MojibakeCheck(),
            _ => null,
        };
    }
}

internal sealed class TypeCheck(FieldType type) : ValueCheck
{
    public override bool Accepts(ReadOnlySpan<byte> value) => type switch
    {
        FieldType.Boolean => Ascii.EqualsIgnoreCase(value, "true"u8) || Ascii.EqualsIgnoreCase(value, "false"u8) || Ascii.EqualsIgnoreCase(value, "t"u8) || Ascii.EqualsIgnoreCase(value, "f"u8),
        FieldType.Integer => long.TryParse(value, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out _),
        FieldType.Number => FieldCleaning.TryNumber(value, out _),
        FieldType.Time => TimeParser.TryParse(value, out _, out _),
        _ => true,
    };
}

/// <summary>Compares as numbers, or as times where a bound is one.</summary>
internal sealed class RangeCheck : ValueCheck
{
    private readonly double _min = double.NegativeInfinity;
    private readonly double _max = double.PositiveInfinity;
    private readonly bool _times;

    public RangeCheck(string? min, string? max)
    {
        foreach (var bound in new[] { min, max })
            _times |= bound is not null && !FieldCleaning.TryNumber(Encoding.UTF8.GetBytes(bound), out _);
        if (min is not null)
            ExpectationGrammar.TryBound(min, out _min);
        if (max is not null)
            ExpectationGrammar.TryBound(max, out _max);
    }

    public override bool Accepts(ReadOnlySpan<byte> value)
    {
        if (!_times)
            return FieldCleaning.TryNumber(value, out var number) && number >= _min && number <= _max;
        return TimeParser.TryParse(value, out var time, out _) && time >= _min && time <= _max;
    }
}

internal sealed class SetCheck(IReadOnlyList<string> values, bool member) : ValueCheck
{
    private readonly Utf8Index _values = Utf8Index.Of(values);

    public override bool Accepts(ReadOnlySpan<byte> value) => _values.Find(value) >= 0 == member;
}

internal sealed class RegexCheck(string regex, bool match) : ValueCheck
{
    private const int StackCharacters = 512;

    private readonly Regex _regex = ExpectationGrammar.Compile(regex);

    public override bool Accepts(ReadOnlySpan<byte> value)
    {
        var rented = value.Length > StackCharacters ? ArrayPool<char>.Shared.Rent(value.Length) : null;
        var characters = rented ?? stackalloc char[StackCharacters];
        var length = Encoding.UTF8.GetChars(value, characters);
        var accepted = _regex.IsMatch(characters[..length]) == match;
        if (rented is not null)
            ArrayPool<char>.Shared.Return(rented);
        return accepted;
    }
}

/// <summary>Lengths in Unicode scalar values.</summary>
internal sealed class LengthCheck : ValueCheck
{
    private readonly double _min;
    private readonly double _max = double.PositiveInfinity;

    public LengthCheck(string? min, string? max)
    {
        if (min is not null)
            ExpectationGrammar.TryBound(min, out _min);
        if (max is not null)
            ExpectationGrammar.TryBound(max, out _max);
    }

    public override bool Accepts(ReadOnlySpan<byte> value)
    {
        var characters = RecordParser.CountCharacters(value);
        return characters >= _min && characters <= _max;
    }
}

internal sealed class ReplacementCheck : ValueCheck
{
    public override bool Accepts(ReadOnlySpan<byte> value) => FaultIn(value) < 0;

    public override int FaultIn(ReadOnlySpan<byte> value) => value.IndexOf("\uFFFD"u8);
}

internal sealed class MojibakeCheck : ValueCheck
{
    public override bool Accepts(ReadOnlySpan<byte> value) => FaultIn(value) < 0;

    public override int FaultIn(ReadOnlySpan<byte> value) => Mojibake.IndexIn(value);
}
