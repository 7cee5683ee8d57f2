using System.Globalization;
using Npgsql;

namespace Plumbline.Datasets.Sources;

/// <summary>A query with its errors told in its own terms.</summary>
/// <param name="name">Where it runs, for messages.</param>
/// <param name="sql">One statement that reads, without a semicolon.</param>
internal sealed class PostgresQuery(string name, string sql)
{
    // On lines of its own, so that a comment at the query's end takes no bracket with it.
    private const string Before = "COPY (\n";

    public string Name => name;

    /// <summary>The statement that copies the result out, UTF-8, with a header.</summary>
    public string Copy => $"{Before}{sql}\n) TO STDOUT (FORMAT csv, HEADER, ENCODING 'UTF8')";

    /// <summary>The query alone, with its places where they are in <see cref="Copy"/>.</summary>
    public string Alone => new string(' ', Before.Length) + sql;

    /// <summary>PostgreSQL's own words, where in the query, and what to do; never the connection string.</summary>
    public string Describe(Exception error) => error switch
    {
        PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } refused => $"{refused.MessageText}. Sources are only read; let data.query select",
        PostgresException answer => $"{answer.MessageText} ({answer.SqlState}){Where(answer.Position)}{(answer.Hint is { Length: > 0 } hint ? $". {hint.TrimEnd('.')}" : "")}",
        NpgsqlException or IOException or TimeoutException => (error.InnerException ?? error).Message.TrimEnd('.'),
        _ => error.Message.TrimEnd('.'),
    };

    /// <summary>Whether it was the connection or the server that went, not the query that failed or ran out of its time.</summary>
    public static bool IsLoss(Exception error) => error switch
    {
        PostgresException { SqlState: PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown } => true,
        NpgsqlException { InnerException: TimeoutException } or TimeoutException => false,
        NpgsqlException npgsql => npgsql.IsTransient,
        _ => error is IOException,
    };

    /// <param name="position">1-based, in characters of <see cref="Copy"/>; 0 for none.</param>
    private string Where(int position)
    {
        var at = position - 1 - Before.Length;
        if (at < 0 || at > sql.Length)
            return "";
        var before = sql.AsSpan(0, at);
        return string.Create(CultureInfo.InvariantCulture, $" at line {before.Count('\n') + 1}, column {at - before.LastIndexOf('\n')} of data.query");
    }
}
