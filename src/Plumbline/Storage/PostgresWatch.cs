using Npgsql;

namespace Plumbline.Storage;

/// <summary>Listens for <see cref="ChangeSignal"/>s over a connection of its own, and connects again for as long as it takes.</summary>
internal static class PostgresWatch
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <param name="changed">Called, too, whenever the connection was away: what was missed nobody knows.</param>
    public static async Task RunAsync(PostgresStoreOptions options, Action changed, TimeProvider time, CancellationToken stop)
    {
        var pause = ShortestPause;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(options, changed, () => pause = ShortestPause, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (NpgsqlException)
            {
                // Who watches looks from time to time, too, and says what is wrong with the store.
            }
            await Task.Delay(pause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause = TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, 2 * pause.Ticks));
        }
    }

    private static async Task ListenAsync(PostgresStoreOptions options, Action changed, Action connected, CancellationToken stop)
    {
        // Outside the pool: what listens must not be given to others. A dead peer is noticed without traffic.
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(options.ToBuilder().ConnectionString) { Pooling = false, KeepAlive = 30 }.ConnectionString);
        await using (connection.ConfigureAwait(false))
        {
            await connection.OpenAsync(stop).ConfigureAwait(false);
            var schema = (string?)connection.Scalar("SELECT current_schema()::text");
            connection.Notification += (_, sent) =>
            {
                if (sent.Payload == schema)
                    changed();
            };
            connection.Execute($"LISTEN {ChangeSignal.Channel}");
            connected();
            changed();
            while (true)
                await connection.WaitAsync(stop).ConfigureAwait(false);
        }
    }
}
