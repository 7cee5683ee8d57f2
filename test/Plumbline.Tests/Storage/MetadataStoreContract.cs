using System.Data.Common;
using Plumbline.Storage;

namespace Plumbline.Tests.Storage;

/// <summary>What every <see cref="IMetadataStore"/> must do.</summary>
public abstract class MetadataStoreContract : BackendTests
{
    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Write(connection => connection.Execute("CREATE TABLE notes (id BIGINT PRIMARY KEY, text TEXT NOT NULL)"));
    }

    [Fact]
    public async Task Read_AfterAcknowledgedWrite_SeesIt()
    {
        (await Write(connection => Insert(connection, 1))).ShouldBe(1);
        Store.Read(Count).ShouldBe(1);
        (await OpenAnother().ReadAsync(Count, Token)).ShouldBe(1);
    }

    [Fact]
    public async Task Watch_ChangeOfAnotherStoreSignalled_Told()
    {
        var told = 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var watching = Store.WatchAsync(() => Interlocked.Increment(ref told), TimeProvider.System, stop.Token);
        // It tells once when it begins.
        await UntilAsync(0);
        var other = OpenAnother();
        for (var i = 0; i < 3; i++)
        {
            var before = Volatile.Read(ref told);
            await other.WriteAsync(
                connection =>
                {
                    ChangeSignal.Send(connection);
                    return Insert(connection, i);
                },
                Token);
            await UntilAsync(before);
        }
        await stop.CancelAsync();
        await watching;

        async Task UntilAsync(int more)
        {
            while (Volatile.Read(ref told) <= more)
                await Task.Delay(5, Token);
        }
    }

    [Fact]
    public async Task Read_DelegateWrites_Refused()
    {
        Should.Throw<DbException>(() => Store.Read(connection => Insert(connection, 1)));
        (await Store.ReadAsync(Count, Token)).ShouldBe(0);
    }

    [Fact]
    public async Task Read_WriteBetweenItsQueries_SeesOneState()
    {
        await Write(connection => Insert(connection, 1));
        Task<int>? write = null;
        var (before, after) = Store.Read(connection =>
        {
            var first = Count(connection);
            write = Write(inner => Insert(inner, 2));
            write.Wait(Token);
            return (first, Count(connection));
        });
        (before, after).ShouldBe((1, 1));
        Store.Read(Count).ShouldBe(2);
    }

    [Fact]
    public void Read_DelegateThrows_ExceptionUnchangedAndStoreUsable()
    {
        for (var i = 0; i < 3; i++)
            Should.Throw<TimeZoneNotFoundException>(() => Store.Read<int>(_ => throw new TimeZoneNotFoundException()));
        Store.Read(Count).ShouldBe(0);
    }

    [Fact]
    public async Task Read_ManyThreads_AllAnswered()
    {
        await Write(connection => Insert(connection, 1));
        var counts = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Store.ReadAsync(Count, Token)));
        counts.ShouldAllBe(count => count == 1);
    }

    [Fact]
    public async Task Write_OneOfGroupThrows_NeighboursStored()
    {
        var writes = Enumerable.Range(0, 90)
            .Select(i => Write(connection =>
            {
                Insert(connection, i);
                return i % 3 == 1 ? throw new InvalidOperationException($"no {i}") : i;
            }))
            .ToList();
        for (var i = 0; i < writes.Count; i++)
        {
            if (i % 3 == 1)
                (await Should.ThrowAsync<InvalidOperationException>(writes[i])).Message.ShouldBe($"no {i}");
            else
                (await writes[i]).ShouldBe(i);
        }
        Store.Read(connection => connection.Query("SELECT id FROM notes ORDER BY id", row => row.GetInt32(0)))
            .ShouldBe(Enumerable.Range(0, 90).Where(i => i % 3 != 1));
    }

    [Fact]
    public async Task Write_BreaksConstraint_DbExceptionAndNothingStored()
    {
        await Write(connection => Insert(connection, 1));
        await Should.ThrowAsync<DbException>(Write(connection =>
        {
            Insert(connection, 2);
            return Insert(connection, 1);
        }));
        Store.Read(Count).ShouldBe(1);
    }

    [Fact]
    public async Task Write_ManyFromOneCaller_KeepTheirOrder()
    {
        var seen = new List<int>();
        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => Write(_ =>
        {
            seen.Add(i);
            return i;
        })));
        seen.ShouldBe(Enumerable.Range(0, 500));
    }

    [Fact]
    public async Task Write_CancelledWhileWaiting_NeverRuns()
    {
        using var entered = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        using var cancellation = new CancellationTokenSource();
        var ahead = Write(connection =>
        {
            entered.Set();
            release.Wait();
            return Insert(connection, 1);
        });
        entered.Wait(Token);
        var cancelled = Store.WriteAsync(connection => Insert(connection, 2), cancellation.Token);
        var behind = Write(connection => Insert(connection, 3));

        await cancellation.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(cancelled);
        release.Set();
        await ahead;
        await behind;

        Store.Read(connection => connection.Query("SELECT id FROM notes ORDER BY id", row => row.GetInt32(0))).ShouldBe([1, 3]);
    }

    [Fact]
    public async Task Write_CancelledAfterStart_RunsToItsEnd()
    {
        using var cancellation = new CancellationTokenSource();
        var write = Store.WriteAsync(
            connection =>
            {
                cancellation.Cancel();
                return Insert(connection, 1);
            },
            cancellation.Token);
        (await write).ShouldBe(1);
        Store.Read(Count).ShouldBe(1);
    }

    [Fact]
    public async Task Call_AlreadyCancelled_NeverRuns()
    {
        var cancelled = new CancellationToken(canceled: true);
        await Should.ThrowAsync<OperationCanceledException>(Store.WriteAsync(connection => Insert(connection, 1), cancelled));
        await Should.ThrowAsync<OperationCanceledException>(Store.ReadAsync(Count, cancelled));
        Store.Read(Count).ShouldBe(0);
    }

    [Fact]
    public async Task Write_TwoStoresAtOnce_NothingLost()
    {
        var other = OpenAnother();
        await Write(connection => Insert(connection, 0));
        await Task.WhenAll(Enumerable.Range(0, 400).Select(i => Write(Increment, i % 2 == 0 ? Store : other)));
        Store.Read(connection => connection.Scalar("SELECT text FROM notes WHERE id = 0")).ShouldBe("400");
    }

    [Fact]
    public async Task WriteConcurrently_ManyAtOnceBesideOthers_NumbersWithoutGapsAndNothingLost()
    {
        IMetadataStore[] stores = [Store, OpenAnother()];
        await Write(connection => Insert(connection, 0));
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => i % 10 == 0
            ? Write(Increment, stores[i / 10 % 2])
            : stores[i % 2].WriteConcurrentlyAsync(connection => Insert(connection, (int)Counter.Next(connection, "event")), Token)));
        Store.Read(connection => connection.Query("SELECT id FROM notes ORDER BY id", row => row.GetInt32(0))).ShouldBe(Enumerable.Range(0, 181));
        Store.Read(connection => connection.Scalar("SELECT text FROM notes WHERE id = 0")).ShouldBe("20");
    }

    [Fact]
    public async Task WriteConcurrently_OneThrows_NothingOfItStoredAndOthersAre()
    {
        await Should.ThrowAsync<TimeZoneNotFoundException>(Store.WriteConcurrentlyAsync<int>(
            connection =>
            {
                Insert(connection, 1);
                throw new TimeZoneNotFoundException();
            },
            Token));
        await Should.ThrowAsync<DbException>(Store.WriteConcurrentlyAsync(connection => Insert(connection, 2) + Insert(connection, 2), Token));
        await Store.WriteConcurrentlyAsync(connection => Insert(connection, 3), Token);
        Store.Read(connection => connection.Query("SELECT id FROM notes", row => row.GetInt32(0))).ShouldBe([3]);
    }

    [Fact]
    public async Task WriteConcurrently_OfDifferentOwners_EachWholeWhateverBecomesOfItsNeighbours()
    {
        var writes = Enumerable.Range(0, 120).Select(i => Store.WriteConcurrentlyAsync(
            $"owner {i}",
            connection =>
            {
                Insert(connection, i);
                return i % 10 == 1 ? throw new InvalidOperationException($"no {i}") : i % 10 == 2 ? Insert(connection, i) : i;
            },
            Token)).ToList();
        for (var i = 0; i < writes.Count; i++)
        {
            if (i % 10 == 1)
                (await Should.ThrowAsync<InvalidOperationException>(writes[i])).Message.ShouldBe($"no {i}");
            else if (i % 10 == 2)
                await Should.ThrowAsync<DbException>(writes[i]);
            else
                (await writes[i]).ShouldBe(i);
        }
        Store.Read(connection => connection.Query("SELECT id FROM notes ORDER BY id", row => row.GetInt32(0))).ShouldBe(Enumerable.Range(0, 120).Where(i => i % 10 is not (1 or 2)));
    }

    [Fact]
    public async Task WriteTogether_OfDifferentOwners_EachGetsItsOwnWhateverBecomesOfItsNeighbours()
    {
        var writes = Enumerable.Range(0, 120).Select(i => Store.WriteTogetherAsync($"owner {i}", i, InsertAll, Token)).ToList();
        for (var i = 0; i < writes.Count; i++)
        {
            if (i % 10 == 1)
                (await Should.ThrowAsync<InvalidOperationException>(writes[i])).Message.ShouldBe($"no {i}");
            else
                (await writes[i]).ShouldBe(2 * i);
        }
        Store.Read(connection => connection.Query("SELECT id FROM notes ORDER BY id", row => row.GetInt32(0))).ShouldBe(Enumerable.Range(0, 120).Where(i => i % 10 != 1));

        static IReadOnlyList<int> InsertAll(DbConnection connection, IReadOnlyList<int> items)
        {
            connection.InsertAll(new RowInsert("notes", ["id", "text"], [.. items.Select(item => new object?[] { (long)item, "0" })], ""));
            return items.All(item => item % 10 != 1) ? [.. items.Select(item => 2 * item)] : throw new InvalidOperationException($"no {items.First(item => item % 10 == 1)}");
        }
    }

    [Fact]
    public async Task WriteConcurrently_ManyOfFewOwnersInAnyOrder_NothingLostAndNoneInTheWayOfAnother()
    {
        const int Owners = 5, Each = 40;
        IMetadataStore[] stores = [Store, OpenAnother()];
        for (var i = 0; i < Owners; i++)
            await Write(connection => Insert(connection, i));
        await Task.WhenAll(Enumerable.Range(0, Owners * Each).Select(i => stores[i % 2].WriteConcurrentlyAsync($"{i * 7 % Owners}", connection => Increment(connection, i * 7 % Owners), Token)));
        Store.Read(connection => connection.Query("SELECT text FROM notes", row => row.GetString(0))).ShouldAllBe(text => text == $"{Each}");
    }

    [Fact]
    public async Task Events_ReadOnWhileManyWrite_NoneMissed()
    {
        var other = OpenAnother();
        var writes = Task.WhenAll(Enumerable.Range(0, 150).Select(i => other.WriteConcurrentlyAsync(
            connection =>
            {
                EventLog.Append(connection, i, "ann", "noted", $"{i}", []);
                return i;
            },
            Token)));
        var seen = new List<long>();
        while (seen.Count < 150)
        {
            seen.AddRange((await new EventLog(Store).ListAsync(after: seen.LastOrDefault(), cancellation: Token)).Select(e => e.Id));
            Token.ThrowIfCancellationRequested();
            if (writes.IsFaulted)
                break;
        }
        await writes;
        seen.ShouldBe(Enumerable.Range(1, 150).Select(i => (long)i));
    }

    [Fact]
    public async Task Dispose_WritesWaiting_FinishesThem()
    {
        var store = OpenAnother();
        var writes = Enumerable.Range(0, 50).Select(i => Write(connection => Insert(connection, i), store)).ToList();
        await store.DisposeAsync();
        await Task.WhenAll(writes);
        Store.Read(Count).ShouldBe(50);
    }

    [Fact]
    public async Task Call_Disposed_ObjectDisposedException()
    {
        var store = OpenAnother();
        await store.DisposeAsync();
        await store.DisposeAsync();
        Should.Throw<ObjectDisposedException>(() => store.Read(Count));
        await Should.ThrowAsync<ObjectDisposedException>(() => Write(Count, store));
    }

    protected Task<T> Write<T>(Func<DbConnection, T> change, IMetadataStore? store = null) => (store ?? Store).WriteAsync(change, Token);

    private static int Insert(DbConnection connection, int id) =>
        connection.Execute("INSERT INTO notes (id, text) VALUES (@id, '0')", ("id", id));

    private static int Increment(DbConnection connection) => Increment(connection, 0);

    private static int Increment(DbConnection connection, int id) =>
        connection.Execute("UPDATE notes SET text = CAST(CAST(text AS BIGINT) + 1 AS TEXT) WHERE id = @id", ("id", id));

    private static int Count(DbConnection connection) => (int)(long)connection.Scalar("SELECT COUNT(*) FROM notes")!;
}
