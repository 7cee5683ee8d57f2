using System.Text.Json.Serialization;

namespace Plumbline.Tuning.Spaces;

/// <summary>A parameter with it is part of a trial only where the parameter <paramref name="Parent"/> is, and has one of these values.</summary>
public sealed record Condition(string Parent, [property: JsonPropertyName("in")] IReadOnlyList<ParameterValue> Values)
{
    public bool Equals(Condition? other) => other is not null && Parent == other.Parent && Values.SequenceEqual(other.Values);

    public override int GetHashCode() => Parent.GetHashCode(StringComparison.Ordinal);
}
