using System.Data.Common;

namespace Plumbline.Storage;

/// <summary>
/// Numbers that are given out in the order of commits and never twice. A row that writers lock in turn, not a database's sequence: the latter
/// leaves gaps, and its numbers become visible out of order.
/// </summary>
internal static class Counter
{
    public static long Next(DbConnection connection, string name) =>
        (long)connection.Scalar("UPDATE counters SET value = value + 1 WHERE name = @name RETURNING value", ("name", name))!;
}
