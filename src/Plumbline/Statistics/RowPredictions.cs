using System.IO.Compression;
using System.Text.Json;

namespace Plumbline.Statistics;

/// <summary>
/// What a model answered to each row of a split, without the texts: what a paired comparison and slices need. Immutable. Kept as gzipped JSON
/// (docs/specs/gates.md).
/// </summary>
public sealed record RowPredictions
{
    public const int CurrentFormat = 1;

    public const string FileName = "test-predictions.json.gz";

    public int Format { get; init; } = CurrentFormat;

    /// <summary>Digest of the bundle that answered; empty until it has one.</summary>
    public string Bundle { get; init; } = "";

    /// <summary>Digest of the snapshot whose rows these are, in its order: two of the same snapshot and split are of the same rows.</summary>
    public string Snapshot { get; init; } = "";

    public string Split { get; init; } = "test";

    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Index in <see cref="Labels"/> of each row's true label.</summary>
    public required int[] Truth { get; init; }

    /// <summary>Of each row's answer.</summary>
    public required int[] Predicted { get; init; }

    /// <summary>Unicode code points of each row's text.</summary>
    public required int[] Lengths { get; init; }

    /// <summary>ISO 639-1 code of each row's language, <c>und</c> where undecided.</summary>
    public required CategoryColumn Language { get; init; }

    /// <summary>Categorical inputs; an empty value is a missing one.</summary>
    public IReadOnlyList<CategoryColumn> Categories { get; init; } = [];

    /// <summary>Numeric inputs and aggregates.</summary>
    public IReadOnlyList<NumberColumn> Numbers { get; init; } = [];

    /// <summary>The answers as indices in another list of labels.</summary>
    /// <returns>Null where that list lacks one of the labels.</returns>
    internal (int[] Truth, int[] Predicted)? In(IReadOnlyList<string> labels)
    {
        var list = labels.ToList();
        var places = Labels.Select(label => list.IndexOf(label)).ToArray();
        return places.Contains(-1) ? null : (Array.ConvertAll(Truth, label => places[label]), Array.ConvertAll(Predicted, label => places[label]));
    }

    public void Write(Stream stream)
    {
        using var zipped = new GZipStream(stream, CompressionLevel.Optimal, leaveOpen: true);
        JsonSerializer.Serialize(zipped, this, StatisticsJson.Default.RowPredictions);
    }

    /// <exception cref="InvalidDataException">It is damaged, or of a newer format.</exception>
    public static RowPredictions Read(Stream stream)
    {
        try
        {
            using var zipped = new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true);
            var read = JsonSerializer.Deserialize(zipped, StatisticsJson.Default.RowPredictions) ?? throw new JsonException("it is null");
            if (read.Format is < 1 or > CurrentFormat)
                throw new InvalidDataException($"it is of format {read.Format}, and this program knows up to {CurrentFormat}");
            read.Check();
            return read;
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"it is damaged ({exception.Message})", exception);
        }
    }

    private void Check()
    {
        var rows = Truth.Length;
        if (rows == 0 || Predicted.Length != rows || Lengths.Length != rows || Numbers.Any(column => column.Values.Length != rows)
            || !Categories.Append(Language).All(column => column.Codes.Length == rows && AreWithin(column.Codes, column.Values.Count)))
            throw new JsonException("its columns are not of one length");
        if (!AreWithin(Truth, Labels.Count) || !AreWithin(Predicted, Labels.Count))
            throw new JsonException("it has labels beyond its list");
    }

    private static bool AreWithin(int[] codes, int count) => Array.TrueForAll(codes, code => (uint)code < (uint)count);
}

/// <param name="Values">The different values.</param>
/// <param name="Codes">Index among them, one a row.</param>
public sealed record CategoryColumn(string Name, IReadOnlyList<string> Values, int[] Codes);

/// <param name="Values">One a row, NaN where missing.</param>
public sealed record NumberColumn(string Name, double[] Values);
