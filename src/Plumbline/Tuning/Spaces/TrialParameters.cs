using System.Buffers;
using System.IO.Hashing;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Plumbline.Tuning.Spaces;

/// <summary>The values that a trial has of the parameters active in it, in the order of the search space. Immutable; equal where names and values are.</summary>
[JsonConverter(typeof(TrialParametersConverter))]
public sealed class TrialParameters : IEquatable<TrialParameters>
{
    private readonly KeyValuePair<string, ParameterValue>[] _values;
    private readonly UInt128 _hash;

    /// <exception cref="ArgumentException">A name stands twice.</exception>
    public TrialParameters(IEnumerable<KeyValuePair<string, ParameterValue>> values)
    {
        _values = [.. values];
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, _) in _values)
        {
            if (!names.Add(name))
                throw new ArgumentException($"{name}: it has two values.");
        }
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
            WriteTo(writer);
        _hash = XxHash128.HashToUInt128(json.WrittenSpan);
    }

    public static TrialParameters Empty { get; } = new([]);

    public IReadOnlyList<KeyValuePair<string, ParameterValue>> Values => _values;

    /// <summary>32 hex digits: XXH128 of the JSON text; equal parameters have equal ones on every machine.</summary>
    public string Hash => _hash.ToString("x32", System.Globalization.CultureInfo.InvariantCulture);

    /// <exception cref="KeyNotFoundException">The trial does not have this parameter.</exception>
    public ParameterValue this[string name] =>
        TryGet(name, out var value) ? value : throw new KeyNotFoundException($"{name}: this trial does not have it; it has {string.Join(", ", _values.Select(pair => pair.Key))}.");

    public bool TryGet(string name, out ParameterValue value)
    {
        foreach (var (key, found) in _values)
        {
            if (key == name)
            {
                value = found;
                return true;
            }
        }
        value = default;
        return false;
    }

    public bool Equals(TrialParameters? other) => other is not null && _hash == other._hash && _values.AsSpan().SequenceEqual(other._values);

    public override bool Equals(object? obj) => Equals(obj as TrialParameters);

    public override int GetHashCode() => _hash.GetHashCode();

    public override string ToString() => string.Join(", ", _values.Select(pair => $"{pair.Key}={pair.Value}"));

    internal void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in _values)
        {
            writer.WritePropertyName(name);
            ParameterValueConverter.WriteValue(writer, value);
        }
        writer.WriteEndObject();
    }
}
