using System.Data.Common;
using System.Globalization;

namespace Plumbline.Storage;

/// <summary>
/// Looks whether a metadata store is whole: its pages and indexes, references between rows, schema, audit log (docs/specs/metadata-store.md). It reads only, so that
/// a store that is damaged, older or newer than this program stays as it is. Takes as long as reading everything.
/// </summary>
public static class StoreInspection
{
    internal const string Pages = "pages";
    internal const string References = "references";
    internal const string SchemaCheck = "schema";
    internal const string AuditLog = "audit log";

    internal const int MostFaults = 20;

    /// <exception cref="MetadataException">NotFound: there is no store. Unavailable: it cannot be looked at.</exception>
    public static IReadOnlyList<StoreFinding> Inspect(Home home) => home.Store is { } options ? PostgresInspection.Inspect(options) : SqliteInspection.Inspect(home.Database);

    /// <summary>Runs a check; what the database itself finds damaged is a fault.</summary>
    /// <param name="translate">Null for errors of a single statement.</param>
    internal static StoreFinding Look(string check, Func<StoreFinding> look, Func<DbException, MetadataException?> translate)
    {
        try
        {
            return look();
        }
        catch (DbException exception)
        {
            return translate(exception) is { Error: not MetadataError.Damaged } unavailable ? throw unavailable : new StoreFinding(check, "", [exception.Message]);
        }
        catch (MetadataException exception) when (exception.Error == MetadataError.SchemaMismatch)
        {
            return new StoreFinding(check, "", [exception.Message]);
        }
    }

    /// <param name="missing">Migrations that the store lacks.</param>
    internal static StoreFinding SchemaOf(int known, int missing)
    {
        var found = string.Create(CultureInfo.InvariantCulture, $"version {known - missing}");
        return new StoreFinding(SchemaCheck, missing == 0 ? found : string.Create(CultureInfo.InvariantCulture, $"{found} of {known}: the next command that opens it brings it up to date"), []);
    }

    /// <param name="guards">Triggers that keep events as they are, as far as they are there.</param>
    internal static StoreFinding AuditLogOf(DbConnection connection, int guards, int expectedGuards)
    {
        var verified = EventLog.Verify(connection, null);
        List<string> faults = [];
        if (verified.Fault is { } fault)
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"{fault.Problem} The {verified.Events} before are whole."));
        if (guards < expectedGuards)
            faults.Add("A trigger that keeps events from being altered or removed is missing.");
        return new StoreFinding(AuditLog, string.Create(CultureInfo.InvariantCulture, $"{verified.Events} events"), faults);
    }
}
