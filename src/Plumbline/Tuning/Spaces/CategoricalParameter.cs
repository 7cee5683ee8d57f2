namespace Plumbline.Tuning.Spaces;

/// <summary>One of the choices, which have no order.</summary>
public sealed record CategoricalParameter(string Name, IReadOnlyList<ParameterValue> Choices) : Parameter(Name)
{
    internal override long? Count => Choices.Count;

    internal override bool IsCategorical => true;

    internal override double UnitStep => 1.0 / Choices.Count;

    public bool Equals(CategoricalParameter? other) => other is not null && base.Equals(other) && Choices.SequenceEqual(other.Choices);

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    internal override void Validate()
    {
        if (Choices is not { Count: > 0 })
            throw Invalid("it has no choices.");
        var seen = new HashSet<ParameterValue>();
        foreach (var choice in Choices)
        {
            if (!seen.Add(choice))
                throw Invalid($"its choice '{choice}' stands twice.");
        }
    }

    internal override double ToUnit(ParameterValue value) => (IndexOf(value) + 0.5) / Choices.Count;

    internal override ParameterValue FromUnit(double unit) => At(Math.Clamp((long)Math.Floor(unit * Choices.Count), 0, Choices.Count - 1));

    internal override ParameterValue At(long index) => Choices[(int)index];

    internal override bool TryAccept(ParameterValue given, out ParameterValue value)
    {
        value = given;
        return IndexOf(given) >= 0;
    }

    internal override string Describe() => string.Join(", ", Choices);

    private int IndexOf(ParameterValue value)
    {
        for (var i = 0; i < Choices.Count; i++)
        {
            if (Choices[i] == value)
                return i;
        }
        return -1;
    }
}
