using System.Text;
using Npgsql;

namespace Plumbline.Datasets;

/// <summary>A PostgreSQL database. Printing shows host and database only.</summary>
public sealed record PostgresOptions
{
    /// <summary>As Npgsql takes it: <c>Host=db;Database=shop;Username=reader;Password=…</c>.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>What messages call the connection.</summary>
    internal string Name
    {
        get
        {
            var parsed = Parse();
            return FormattableString.Invariant($"the query on PostgreSQL {parsed.Host}:{parsed.Port}/{parsed.Database ?? parsed.Username}");
        }
    }

    /// <exception cref="ArgumentException">The connection string cannot be read. It is not quoted.</exception>
    public void Validate() => Parse();

    internal NpgsqlConnectionStringBuilder ToBuilder(RetryOptions retry)
    {
        var parsed = Parse();
        // It is used once.
        parsed.Pooling = false;
        parsed.ApplicationName ??= "plumbline";
        parsed.Database ??= parsed.Username;
        // Last, so that it counts. Should the transaction ever end, the next one reads only, too; and strings are what SelectStatement takes them for.
        parsed.Options = $"{parsed.Options} -c default_transaction_read_only=on -c standard_conforming_strings=on".TrimStart();
        if (!parsed.ShouldSerialize("Timeout"))
            parsed.Timeout = (int)Math.Clamp(Math.Ceiling(retry.AttemptTimeout.TotalSeconds), 1, 1024);
        if (!parsed.ShouldSerialize("Command Timeout"))
            parsed.CommandTimeout = 0;
        return parsed;
    }

    private NpgsqlConnectionStringBuilder Parse()
    {
        NpgsqlConnectionStringBuilder parsed;
        try
        {
            parsed = new NpgsqlConnectionStringBuilder(ConnectionString);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            // Npgsql's own message may quote a piece of the password.
            throw new ArgumentException("data.postgres: the connection string cannot be read; write Host=…;Database=…;Username=…;Password=…");
        }
        return parsed.Host is { Length: > 0 } ? parsed : throw new ArgumentException("data.postgres: the connection string names no Host");
    }

    private bool PrintMembers(StringBuilder builder)
    {
        var parsed = new NpgsqlConnectionStringBuilder(ConnectionString);
        builder.Append($"Host = {parsed.Host}, Database = {parsed.Database}");
        return true;
    }
}
