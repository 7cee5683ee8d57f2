using System.Text.Json.Serialization;

namespace Plumbline.Tuning.Spaces;

/// <summary>A hyperparameter and the values that it may take. Immutable.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(FloatParameter), "float")]
[JsonDerivedType(typeof(IntParameter), "int")]
[JsonDerivedType(typeof(CategoricalParameter), "categorical")]
public abstract record Parameter(string Name)
{
    /// <summary>When a trial has it; null: always.</summary>
    public Condition? When { get; init; }

    /// <summary>Number of values; null where they are a continuum.</summary>
    internal abstract long? Count { get; }

    /// <summary>Whether its values have no order.</summary>
    internal virtual bool IsCategorical => false;

    /// <summary>Distance of neighbours on the unit interval; 0 where it is a continuum or differs from value to value.</summary>
    internal virtual double UnitStep => 0;

    /// <exception cref="ArgumentException">It has no values; the message begins with its name.</exception>
    internal abstract void Validate();

    /// <summary>The place of a value in [0, 1], where equal lengths are equally likely a priori.</summary>
    internal abstract double ToUnit(ParameterValue value);

    /// <summary>The value at a place in [0, 1]; places outside mean the nearest end.</summary>
    internal abstract ParameterValue FromUnit(double unit);

    /// <summary>The <paramref name="index"/>th value, from 0, of <see cref="Count"/>.</summary>
    internal abstract ParameterValue At(long index);

    /// <summary>Whether it may take <paramref name="given"/>, and the value as it writes it: an integer as a float, a float on its grid.</summary>
    internal abstract bool TryAccept(ParameterValue given, out ParameterValue value);

    /// <summary>Its values in words, for messages.</summary>
    internal abstract string Describe();

    internal ArgumentException Invalid(string what) => new($"{Name}: {what}");
}
