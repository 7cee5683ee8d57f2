using System.Text.Json;
using System.Text.Json.Serialization;

namespace Plumbline.Datasets.Profiling;

/// <summary>
/// What the records of a source are like, those that were left out included; docs/specs/profile.md. The same whatever the number of threads. Immutable.
/// </summary>
public sealed record DataProfile
{
    public const int CurrentFormat = 1;

    public required int FormatVersion { get; init; }

    /// <summary>Records read.</summary>
    public required long Rows { get; init; }

    /// <summary>All columns of the source, in its order.</summary>
    public required IReadOnlyList<ColumnProfile> Columns { get; init; }

    /// <summary>The column of texts, looked at as prose.</summary>
    public required TextProfile Text { get; init; }

    /// <summary>A label each, in the snapshot's order, over the records that were kept before balancing.</summary>
    public required IReadOnlyList<LabelProfile> Labels { get; init; }

    public required DuplicateProfile Duplicates { get; init; }

    /// <summary>Columns that predict the label alone, the best first, over <see cref="LabelPredictor.Baseline"/>.</summary>
    public required IReadOnlyList<LabelPredictor> Predictors { get; init; }

    /// <summary>Whether there were labelled records enough to look for predictors; null in profiles that do not say.</summary>
    public bool? PredictorsMeasured { get; init; }

    /// <summary>First and last time of the records in microseconds since 1970 UTC; null where the source has no readable times.</summary>
    public required TimeRange? Times { get; init; }

    /// <summary>Over which bins of time <see cref="LabelProfile.Times"/> counts; null where the source has no readable times.</summary>
    public TimeBins? TimeBins { get; init; }

    /// <summary>As <c>profile.json</c> holds it, on one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ProfileJson.Default.DataProfile);

    /// <summary>Null where there is no such file.</summary>
    /// <exception cref="DatasetException">The file is damaged, of a newer format, or may not be read.</exception>
    internal static DataProfile? Read(string path)
    {
        if (!File.Exists(path))
            return null;
        try
        {
            using var stream = File.OpenRead(path);
            var profile = JsonSerializer.Deserialize(stream, ProfileJson.Default.DataProfile) ?? throw new JsonException();
            return profile.FormatVersion <= CurrentFormat ? profile : throw new DatasetException(
                $"{path} is of format {profile.FormatVersion}; this version of Plumbline reads up to {CurrentFormat}. Use a newer one");
        }
        catch (JsonException e)
        {
            throw new DatasetException($"{path} is damaged. Remove {Path.GetDirectoryName(path)} and ingest the source again", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException($"{path} cannot be read: {e.Message}", e);
        }
    }
}

public sealed record TimeRange(long First, long Last);

/// <summary>Spans of the calendar one after another, UTC. Earlier records count into the first, later ones into the last.</summary>
/// <param name="Unit"><c>hour, day, week, month, quarter, year</c> or <c>decade</c>.</param>
/// <param name="Starts">Microseconds since 1970, rising, at most 60.</param>
public sealed record TimeBins(string Unit, IReadOnlyList<long> Starts);

/// <param name="Type">What at least 95 % of the values present of the first records read as.</param>
/// <param name="Missing">Values that are empty or null.</param>
/// <param name="Mistyped">Values present that do not read as <paramref name="Type"/>.</param>
/// <param name="Distinct">Different values: exact up to 4,096, an estimate beyond.</param>
/// <param name="Lengths">Characters of the values present.</param>
/// <param name="Numbers">Of values that read as numbers (times as microseconds); null where the type is another.</param>
/// <param name="Frequent">The most frequent values, at most 100, of longer ones the first 63 bytes; exact where <paramref name="Distinct"/> is; empty for texts.</param>
public sealed record ColumnProfile(
    string Name, FieldType Type, long Missing, long Mistyped, long Distinct, NumberProfile? Lengths, NumberProfile? Numbers, IReadOnlyList<ValueCount> Frequent);

public sealed record ValueCount(string Value, long Count);

/// <param name="Count">Values; min, max, mean and standard deviation are over all of them.</param>
/// <param name="Quantiles">201 values at 0, 0.5, … 100 %, over the values in a sample of 20,000 rows chosen by a hash of file and row.</param>
public sealed record NumberProfile(long Count, double Min, double Max, double Mean, double StandardDeviation, IReadOnlyList<double> Quantiles);

/// <param name="Characters">Unicode scalar values of each text.</param>
/// <param name="Words">Tokens of each text.</param>
/// <param name="Scripts">Texts by the script of most of their letters (<c>Latin</c>, <c>Cyrillic</c>, <c>Han</c>, … <c>none</c>), the most frequent first.</param>
/// <param name="Languages">Texts of a sample by detected language (ISO 639-1, <c>und</c> where undecided), the most frequent first.</param>
/// <param name="ReplacementCharacters">Texts that hold U+FFFD.</param>
/// <param name="Mojibake">Texts that look like UTF-8 once read as Windows-1252 or GBK.</param>
/// <param name="ControlCharacters">Texts that hold control characters other than tab and line breaks.</param>
/// <param name="Markup">Texts that hold HTML tags or entities.</param>
/// <param name="Links">Texts that hold a web address.</param>
public sealed record TextProfile(
    NumberProfile Characters, NumberProfile Words, IReadOnlyList<ValueCount> Scripts, IReadOnlyList<ValueCount> Languages,
    long ReplacementCharacters, long Mojibake, long ControlCharacters, long Markup, long Links);

/// <param name="Train">Records of the split, before balancing.</param>
/// <param name="Characters">Lengths of the texts with this label.</param>
/// <param name="Words">Words that mark the label most, by log-odds with an informative prior (Monroe, Colaresi and Quinn 2008) over a sample, the strongest first.</param>
/// <param name="Examples">Beginnings of a few texts.</param>
public sealed record LabelProfile(
    string Label, long Train, long Valid, long Test, NumberProfile Characters, IReadOnlyList<string> Words, IReadOnlyList<TextExample> Examples)
{
    /// <summary>Records in each of <see cref="DataProfile.TimeBins"/>; empty where there are none.</summary>
    public IReadOnlyList<long> Times { get; init; } = [];

    [JsonIgnore]
    public long Rows => Train + Valid + Test;
}

/// <param name="File">0-based, among the manifest's sources.</param>
/// <param name="Row">1-based.</param>
/// <param name="Text">At most 200 characters of it.</param>
public sealed record TextExample(int File, long Row, string Label, string Text);

/// <summary>How well a column alone foretells the label of records it was not fitted on.</summary>
/// <param name="Accuracy">Of the most frequent label of a value (a bin, for numbers and times), fitted on one half of a sample, on the other.</param>
/// <param name="Baseline">Of the most frequent label.</param>
/// <param name="Coverage">Share of the other half whose value the first half had.</param>
public sealed record LabelPredictor(string Column, double Accuracy, double Baseline, double Coverage);
