using System.Data.Common;

namespace Plumbline.Storage;

/// <summary>
/// Leases with fencing tokens (Burrows 2006; Kleppmann 2016): who holds one works, and every change made under it names its token, so that a holder that slept too
/// long changes nothing any more. Time is the machine's clock. Thread-safe, and safe for several processes.
/// </summary>
public sealed class LeaseStore(IMetadataStore store, TimeProvider time)
{
    /// <summary>Takes the lease, if nobody has it or the one who had it let its time pass.</summary>
    /// <returns>Null if another has it.</returns>
    public Task<Lease?> TryAcquireAsync(string name, string holder, TimeSpan duration, CancellationToken cancellation = default) => store.WriteAsync(
        connection =>
        {
            var now = time.GetUtcNow();
            if (connection.Scalar("SELECT ends_at FROM leases WHERE name = @name", ("name", name)) is long ends && ends > now.ToUnixTimeMilliseconds())
                return null;
            var lease = new Lease(name, Counter.Next(connection, "lease"), holder, now + duration);
            connection.Execute(
                """
                INSERT INTO leases (name, token, holder, ends_at) VALUES (@name, @token, @holder, @ends)
                ON CONFLICT (name) DO UPDATE SET token = @token, holder = @holder, ends_at = @ends
                """,
                ("name", name), ("token", lease.Token), ("holder", holder), ("ends", lease.Ends.ToUnixTimeMilliseconds()));
            return lease;
        },
        cancellation);

    /// <summary>Who holds a lease now; null if nobody.</summary>
    public Task<Lease?> FindAsync(string name, CancellationToken cancellation = default) => store.ReadAsync(
        connection => connection.Query(
            "SELECT token, holder, ends_at FROM leases WHERE name = @name AND ends_at > @now",
            row => new Lease(name, row.GetInt64(0), row.GetString(1), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2))),
            ("name", name), ("now", Now)).SingleOrDefault(),
        cancellation);

    /// <summary>Holds it for longer, from now on.</summary>
    /// <returns>False if it is over.</returns>
    public Task<bool> RenewAsync(Lease lease, TimeSpan duration, CancellationToken cancellation = default) => store.WriteAsync(
        connection => connection.Execute(
            "UPDATE leases SET ends_at = @ends WHERE name = @name AND token = @token AND ends_at > @now",
            ("ends", (time.GetUtcNow() + duration).ToUnixTimeMilliseconds()), ("name", lease.Name), ("token", lease.Token), ("now", Now)) == 1,
        cancellation);

    /// <summary>Gives it back; without effect if it is over.</summary>
    public Task ReleaseAsync(Lease lease, CancellationToken cancellation = default) => store.WriteAsync(
        connection => connection.Execute("DELETE FROM leases WHERE name = @name AND token = @token", ("name", lease.Name), ("token", lease.Token)), cancellation);

    /// <summary>Whether the lease of a token still runs, inside the caller's transaction.</summary>
    internal static bool IsHeld(DbConnection connection, long token, DateTimeOffset now) =>
        connection.Scalar("SELECT 1 FROM leases WHERE token = @token AND ends_at > @now", ("token", token), ("now", now.ToUnixTimeMilliseconds())) is not null;

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();
}
