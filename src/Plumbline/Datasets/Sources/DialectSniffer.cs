using System.Globalization;
using System.Text;

namespace Plumbline.Datasets.Sources;

/// <summary>Finds out how a delimited text is written, from its beginning.</summary>
internal static class DialectSniffer
{
    private const int SniffBytes = 256 << 10;
    private const int SniffRows = 1000;
    private const int LongestName = 64;

    /// <summary>The dialect and the names of the columns; <c>column1</c>, <c>column2</c>, … where there is no header.</summary>
    /// <param name="partial">Whether the text goes on behind <paramref name="prefix"/>.</param>
    /// <param name="known">All of it, where known; null to find out.</param>
    /// <param name="delimiter">The delimiter, where known.</param>
    /// <param name="header">Whether there is a header, where known.</param>
    public static (Dialect Dialect, IReadOnlyList<string> Columns) Sniff(
        string path, ReadOnlySpan<byte> prefix, bool partial, Dialect? known = null, char? delimiter = null, bool? header = null)
    {
        var cut = prefix.Length > SniffBytes;
        var text = cut ? prefix[..SniffBytes] : prefix;
        partial |= cut;
        // Ties go to the earlier: a comma is likelier than a bar, quotes likelier than none.
        ReadOnlySpan<Dialect> candidates = (known, delimiter) switch
        {
            ({ } dialect, _) => [dialect with { Header = false }],
            (_, { } given) => [new((byte)given, true, false), new((byte)given, false, false)],
            _ => [new((byte)',', true, false), new((byte)'\t', true, false), new((byte)';', true, false), new((byte)'|', true, false), new((byte)'\t', false, false)],
        };
        var best = (Score: -1.0, Dialect: candidates[0], Rows: new List<string[]>());
        foreach (var candidate in candidates)
        {
            var (rows, broken) = Sample(path, candidate, text, partial);
            var score = Score(rows, broken);
            if (score > best.Score)
                best = (score, candidate, rows);
        }
        if (best.Rows.Count == 0)
            throw new DatasetException($"{path}: no row can be read from its beginning: not CSV, TSV or JSON lines, or its first row is longer than {SniffBytes >> 10} KiB. If it is such a text, name its separator by data.delimiter");
        var isHeader = known?.Header ?? header ?? IsHeader(best.Rows);
        var names = isHeader
            ? best.Rows[0].Select((name, i) => name.Length > 0 ? name.Trim() : $"unnamed{i + 1}")
            : best.Rows[0].Select((_, i) => $"column{i + 1}");
        return (best.Dialect with { Header = isHeader }, [.. names]);
    }

    /// <summary>Share of rows as wide as the first, which must have two fields or more; a broken row counts against it.</summary>
    private static double Score(List<string[]> rows, bool broken)
    {
        if (rows.Count == 0)
            return -1;
        var width = rows[0].Length;
        return width == 1 ? 0 : rows.Count(row => row.Length == width) / (double)(rows.Count + (broken ? 1 : 0));
    }

    private static (List<string[]> Rows, bool Broken) Sample(string path, Dialect dialect, ReadOnlySpan<byte> text, bool partial)
    {
        var rows = new List<string[]>();
        using var reader = new DelimitedReader(path, [], dialect, text.ToArray(), text.Length, Stream.Null, partial);
        try
        {
            while (rows.Count < SniffRows && reader.Read())
            {
                var row = new string[reader.FieldCount];
                for (var i = 0; i < row.Length; i++)
                    row[i] = Encoding.UTF8.GetString(reader.Field(i));
                rows.Add(row);
            }
        }
        catch (DatasetException)
        {
            // Wrong for this candidate, perhaps right for another; if for none, reading for real says where.
            return (rows, true);
        }
        return (rows, false);
    }

    /// <summary>A header is short and not numeric, and none of its names comes again as a value of its own column.</summary>
    private static bool IsHeader(List<string[]> rows)
    {
        var first = rows[0];
        if (first.Any(name => name.Length > LongestName || double.TryParse(name, NumberStyles.Float, CultureInfo.InvariantCulture, out _)))
            return false;
        for (var column = 0; column < first.Length; column++)
            if (first[column].Length > 0 && rows.Skip(1).Any(row => column < row.Length && row[column] == first[column]))
                return false;
        return true;
    }
}
