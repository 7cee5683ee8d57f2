using System.Globalization;
using System.Net;
using Npgsql;

namespace Plumbline.Storage;

/// <summary>The PostgreSQL database that a metadata store is in. Printing shows host, port and database only.</summary>
public sealed class PostgresStoreOptions
{
    /// <summary>The address, where none is given otherwise.</summary>
    public const string EnvironmentVariable = "PLUMBLINE_STORE";

    private const string Forms =
        "write postgres://user@host:5432/database (in user and password, characters such as @ : / # are %40 %3A %2F %23), Host=…;Database=…;Username=…, file:PATH of a file that holds either, or sqlite";

    private readonly NpgsqlConnectionStringBuilder _connection;

    private PostgresStoreOptions(NpgsqlConnectionStringBuilder connection) => _connection = connection;

    /// <summary>Whether the address is one of this machine.</summary>
    internal bool IsLocal => _connection.Host is { } host && (host == "localhost" || host.StartsWith('/') || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address)));

    /// <summary>Reads an address: <c>postgres://…</c>, <c>Host=…;…</c>, <c>file:PATH</c> of a file that holds one, or <c>sqlite</c>.</summary>
    /// <param name="key">Where it was given, for messages; what was given is a secret.</param>
    /// <returns>Null for <c>sqlite</c>: the file in the state folder.</returns>
    /// <exception cref="MetadataException">Invalid: it is none of these, or its file cannot be read.</exception>
    public static PostgresStoreOptions? Parse(string address, string key)
    {
        address = address.Trim();
        if (address.StartsWith(AddressFile.Prefix, StringComparison.Ordinal))
            address = AddressFile.Read(address[AddressFile.Prefix.Length..], key);
        return address == "sqlite" ? null : new PostgresStoreOptions(ParseConnection(address, key));
    }

    /// <summary>Such as <c>postgres://db:5432/plumbline</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"postgres://{_connection.Host}:{_connection.Port}/{_connection.Database}");

    /// <summary>With what the store needs, where the address does not say otherwise.</summary>
    internal NpgsqlConnectionStringBuilder ToBuilder()
    {
        var builder = new NpgsqlConnectionStringBuilder(_connection.ConnectionString) { NoResetOnClose = true };
        builder.ApplicationName ??= "plumbline";
        Default("Maximum Pool Size", 40);
        Default("Max Auto Prepare", 200);
        Default("Auto Prepare Min Usages", 2);
        Default("Timeout", 10);
        Default("Command Timeout", 120);
        Default("TCP Keepalive", true);
        // All types that the store uses are built in.
        Default("Server Compatibility Mode", ServerCompatibilityMode.NoTypeLoading);
        return builder;

        void Default(string keyword, object value)
        {
            if (!builder.ShouldSerialize(keyword))
                builder[keyword] = value;
        }
    }

    private static NpgsqlConnectionStringBuilder ParseConnection(string address, string key)
    {
        NpgsqlConnectionStringBuilder builder;
        try
        {
            builder = Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "postgres" or "postgresql"
                ? FromUri(uri!)
                : new NpgsqlConnectionStringBuilder(address);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidCastException or OverflowException or KeyNotFoundException)
        {
            // Its own message may quote a piece of the password.
            throw new MetadataException(MetadataError.Invalid, $"{key}: the address of the metadata store cannot be read; {Forms}.");
        }
        if (string.IsNullOrEmpty(builder.Host))
            throw new MetadataException(MetadataError.Invalid, $"{key}: the address of the metadata store names no host; {Forms}.");
        builder.Database ??= builder.Username ?? "plumbline";
        return builder;
    }

    private static NpgsqlConnectionStringBuilder FromUri(Uri uri)
    {
        var builder = new NpgsqlConnectionStringBuilder { Host = uri.Host.Trim('[', ']') };
        if (uri.Port > 0)
            builder.Port = uri.Port;
        if (uri.UserInfo.Split(':', 2) is [{ Length: > 0 } user, .. var password])
        {
            builder.Username = Uri.UnescapeDataString(user);
            if (password is [var given])
                builder.Password = Uri.UnescapeDataString(given);
        }
        if (uri.AbsolutePath.Trim('/') is { Length: > 0 } database)
            builder.Database = Uri.UnescapeDataString(database);
        foreach (var pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            if (at < 0)
                throw new FormatException();
            // libpq's search_path is Npgsql's Search Path.
            builder[Uri.UnescapeDataString(pair[..at]).Replace('_', ' ')] = Uri.UnescapeDataString(pair[(at + 1)..]);
        }
        return builder;
    }
}
