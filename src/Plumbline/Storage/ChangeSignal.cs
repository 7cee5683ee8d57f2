using System.Data.Common;

namespace Plumbline.Storage;

/// <summary>Tells those who watch a store (<see cref="IMetadataStore.WatchAsync"/>) that what servers follow has changed. Sent within the transaction of the change, and told once it is committed.</summary>
internal static class ChangeSignal
{
    public const string Channel = "plumbline";

    public static void Send(DbConnection connection)
    {
        // SQLite has no such thing: there every commit is a sign. Of several stores in one database each has a schema of its own.
        if (connection.CanCreateBatch)
            connection.Execute($"SELECT pg_notify('{Channel}', current_schema()::text)");
    }
}
