using Microsoft.Data.Sqlite;

namespace Plumbline.Storage;

/// <summary>Looks whether anybody committed to a SQLite file: a few microseconds each time, for the number of the last commit is in the shared memory of the log.</summary>
internal static class SqliteWatch
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);

    /// <param name="connect">Opens a connection that never writes, for its own commits are none to it.</param>
    public static async Task RunAsync(Func<SqliteConnection> connect, Action changed, TimeProvider time, CancellationToken stop)
    {
        SqliteConnection? connection = null;
        long? version = null;
        try
        {
            while (!stop.IsCancellationRequested)
            {
                await Task.Delay(Period, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                try
                {
                    connection ??= connect();
                    var now = (long)connection.Scalar("PRAGMA data_version")!;
                    if (now != version)
                        changed();
                    version = now;
                }
                catch (SqliteException)
                {
                    // Who watches looks from time to time, too, and says what is wrong with the store.
                    connection?.Dispose();
                    (connection, version) = (null, null);
                }
            }
        }
        finally
        {
            connection?.Dispose();
        }
    }
}
