using System.Globalization;

namespace Plumbline.Datasets;

/// <summary>
/// How long groups of rows are in Parquet files with texts of any length. DuckDB holds a group while it is written, several times over, so one is 65,536 rows, or as many as 16 MiB hold, 2,048 at least.
/// </summary>
internal static class RowGroups
{
    private const int MostRows = 1 << 16;

    private const long MostBytes = 16 << 20;

    /// <summary>DuckDB's vector: no group has fewer, and lengths are multiples of it.</summary>
    private const int LeastRows = 2048;

    /// <summary>DuckDB's needs for a group beyond its bytes, with buffers that double.</summary>
    private const int TimesHeld = 6;

    /// <summary>Rows of a group.</summary>
    /// <param name="bytes">Of the 2,048 consecutive rows that are the longest.</param>
    public static long RowsOf(long bytes) => Math.Clamp(MostBytes / Math.Max(1, bytes) * LeastRows, LeastRows, MostRows);

    /// <summary>Lets the engine have more where the least group is longer than what groups are to be.</summary>
    /// <param name="usual">Megabytes for other groups.</param>
    /// <param name="bytes">As of <see cref="RowsOf"/>.</param>
    public static void Allow(DuckSession session, int usual, long bytes)
    {
        if (bytes > MostBytes)
            session.Execute(string.Create(CultureInfo.InvariantCulture, $"SET memory_limit = '{usual + ((bytes - MostBytes) * TimesHeld / 1_000_000)} MB'"));
    }

    /// <summary>The bytes of the longest rows, one row after another.</summary>
    public sealed class Tally
    {
        private long _bytes;
        private int _rows;
        private long _most;

        public long Most => Math.Max(_most, _bytes);

        public void Add(long bytes)
        {
            _bytes += bytes;
            if (++_rows < LeastRows)
                return;
            _most = Most;
            (_bytes, _rows) = (0, 0);
        }
    }
}
