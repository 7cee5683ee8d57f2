using System.Text.Json.Serialization;

namespace Plumbline.Datasets.Expectations;

/// <summary>What follows where an expectation is not met.</summary>
public enum Severity
{
    /// <summary>It is reported; records stay.</summary>
    Warn,

    /// <summary>A record that breaks it is left out; if the expectation as a whole is not met, nothing is published.</summary>
    Fail,
}

/// <summary>A check on the records of a source, of each or of all of them; Great Expectations' words. Immutable.</summary>
/// <param name="Inferred">Whether it was derived from an earlier snapshot rather than declared.</param>
public sealed record Expectation(
    ExpectationType Type,
    [property: JsonPropertyName("kwargs")] ExpectationArguments Arguments,
    Severity Severity = Severity.Fail,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Inferred = false)
{
    /// <summary>Its name in files.</summary>
    [JsonIgnore]
    public string Name => ExpectationGrammar.NameOf(Type);

    /// <exception cref="ArgumentException">An argument is missing or out of its range; the message begins with its name.</exception>
    public void Validate() => ExpectationGrammar.Of(Type).Check(Arguments);

    /// <summary>Whether both say something of the same thing, so that one stands for the other.</summary>
    internal bool ConcernsSameAs(Expectation other) =>
        Type == other.Type && (Arguments.Column, Arguments.Label, Arguments.Script, Arguments.Language, Arguments.Quantile, Arguments.Near ?? false)
            == (other.Arguments.Column, other.Arguments.Label, other.Arguments.Script, other.Arguments.Language, other.Arguments.Quantile, other.Arguments.Near ?? false);
}

/// <summary>The arguments of an expectation, those that its kind has; null where not given.</summary>
public sealed record ExpectationArguments
{
    /// <summary>As the source calls it; else <c>text, label, user, item, time, split</c> for the column of that use.</summary>
    public string? Column { get; init; }

    public IReadOnlyList<string>? ColumnSet { get; init; }

    /// <summary>Whether there may be no other columns; true unless said otherwise.</summary>
    public bool? ExactMatch { get; init; }

    public FieldType? Type { get; init; }

    /// <summary>A number, or a time where the column holds times.</summary>
    [JsonConverter(typeof(BoundConverter))]
    public string? MinValue { get; init; }

    [JsonConverter(typeof(BoundConverter))]
    public string? MaxValue { get; init; }

    public IReadOnlyList<string>? ValueSet { get; init; }

    /// <summary>.NET's regular expressions without backreferences and lookarounds; found anywhere in the value.</summary>
    public string? Regex { get; init; }

    /// <summary>0 to 1.</summary>
    public double? Quantile { get; init; }

    public string? Script { get; init; }

    public string? Language { get; init; }

    public string? Label { get; init; }

    /// <summary>Whether near-duplicates count, too.</summary>
    public bool? Near { get; init; }

    public double? Threshold { get; init; }

    /// <summary>Share of the values present, 0 to 1, that must pass; 1 unless said otherwise.</summary>
    public double? Mostly { get; init; }
}
