using System.Text;
using Npgsql;
using Plumbline.Datasets;
using Plumbline.Datasets.Sources;
using Plumbline.Tests.Parts;

namespace Plumbline.Tests.Datasets.Sources;

public sealed class PostgresSourceTests(PostgresServer server) : IDisposable
{
    private const string Fill = """
        CREATE TABLE reviews (id int PRIMARY KEY, body text, stars int, sent timestamptz);
        INSERT INTO reviews SELECT i, CASE WHEN i % 10 = 0 THEN NULL WHEN i % 10 = 1 THEN '' ELSE 'He said "no ' || i || E'",\ntwice' END, i % 3,
            '2024-01-01 00:00:00+02'::timestamptz + i * interval '1 hour' FROM generate_series(1, 3000) i;
        """;

    private const int LongRows = 100_000;

    private const string Long = "SELECT repeat('long text ', 20) || i AS text, i % 2 AS label FROM generate_series(1, 100000) i";

    private static readonly RetryOptions Fast = new() { Attempts = 3, FirstDelay = TimeSpan.FromMilliseconds(1), LongestDelay = TimeSpan.FromMilliseconds(20) };

    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Ingest_Query_EqualsTheSameRecordsInAFile()
    {
        var connection = await FillAsync("query");
        var snapshot = Ingest(connection, "SELECT body AS text, stars AS label, sent AS time FROM reviews ORDER BY id;  -- all of them");
        snapshot.Manifest.Dropped.Single().ShouldSatisfyAllConditions(dropped => dropped.Reason.ShouldBe("no text"), dropped => dropped.Rows.ShouldBe(600));
        var csv = new StringBuilder("text,label,time\n");
        for (var i = 1; i <= 3000; i++)
            csv.Append(i % 10 <= 1 ? "" : $"\"He said \"\"no {i}\"\",\ntwice\"").Append(FormattableString.Invariant($",{i % 3},{new DateTime(2023, 12, 31, 22, 0, 0).AddHours(i):s}Z\n"));
        snapshot.Digest.ShouldBe(_folder.Ingest(_folder.Write("a.csv", csv.ToString())).Digest);
        var part = snapshot.Manifest.Sources.Single();
        part.Name.ShouldStartWith($"postgresql://127.0.0.1:{server.Port}/query?query=sha256:");
        part.Size.ShouldBeGreaterThan(10_000);
        part.Sha256.Length.ShouldBe(64);
        Ingest(connection, "SELECT body AS text, stars AS label, sent AS time FROM reviews ORDER BY id").Manifest.Sources.Single().Sha256.ShouldBe(part.Sha256);
    }

    [Theory]
    [InlineData("SELECT body AS text, star AS label FROM reviews", "column \"star\" does not exist (42703) at line 1, column 22 of data.query")]
    [InlineData("SELECT body AS text,\n stars label\nFROM review", "relation \"review\" does not exist (42P01) at line 3, column 6 of data.query")]
    [InlineData("WITH gone AS (DELETE FROM reviews RETURNING body, stars) SELECT body AS text, stars AS label FROM gone", "in a read-only transaction. Sources are only read")]
    [InlineData("DELETE FROM reviews", "data.query is not one SELECT: it begins with DELETE")]
    [InlineData("SELECT 1; DROP TABLE reviews", "more than one statement")]
    [InlineData("SELECT 1) TO PROGRAM 'touch /tmp/x' --", "closes a bracket that it did not open")]
    public async Task Ingest_WrongQuery_SaysWhatAndWhereWithoutTrying(string query, string expected)
    {
        var connection = await FillAsync($"wrong {query.GetHashCode(StringComparison.Ordinal)} {Guid.NewGuid():N}"[..30]);
        var message = Failure(connection, query);
        message.ShouldContain(expected);
        message.ShouldNotContain("tried");
        await using var check = new NpgsqlConnection(connection);
        await check.OpenAsync(TestContext.Current.CancellationToken);
        await using var count = new NpgsqlCommand("SELECT count(*) FROM reviews", check);
        (await count.ExecuteScalarAsync(TestContext.Current.CancellationToken)).ShouldBe(3000L);
    }

    [Theory]
    [InlineData("SELECT 'a b' AS text, 1 AS label -- \r; COMMIT; DROP TABLE reviews; SELECT 1")]
    [InlineData("SELECT 'a b' AS text, 1 AS label$$$; COMMIT; DROP TABLE reviews; SELECT 1 AS b$$$")]
    [InlineData("SELECT $€$ ' $€$ AS text, 1 AS label; COMMIT; DROP TABLE reviews; SELECT ' '")]
    [InlineData("SELECT 'a\\' AS text, 1 AS label; COMMIT; DROP TABLE reviews; --'")]
    public async Task Open_StatementsHiddenInAQuery_NoneRuns(string query)
    {
        var connection = await FillAsync($"hidden {Guid.NewGuid():N}");
        Failure(connection, query).ShouldContain("more than one statement");
        // What the server makes of it, were they not seen before.
        var options = new PostgresOptions { ConnectionString = connection + ";Options=-c standard_conforming_strings=off" };
        await using var open = new NpgsqlConnection(options.ToBuilder(Fast).ConnectionString);
        await open.OpenAsync(TestContext.Current.CancellationToken);
        foreach (var text in (string[])["SHOW standard_conforming_strings", "SHOW transaction_read_only"])
        {
            await using var show = new NpgsqlCommand(text, open);
            (await show.ExecuteScalarAsync(TestContext.Current.CancellationToken)).ShouldBe("on");
        }
        Should.Throw<Exception>(() => PostgresOrigin.Parse(open, new PostgresQuery("the query", query), TestContext.Current.CancellationToken)).Message.ShouldMatch("multiple commands|more than one");
        await using var count = new NpgsqlCommand("SELECT count(*) FROM reviews", open);
        (await count.ExecuteScalarAsync(TestContext.Current.CancellationToken)).ShouldBe(3000L);
    }

    [Fact]
    public async Task Describe_ResultWithoutEnd_LooksAtItsBeginningOnly()
    {
        var connection = await server.CreateDatabaseAsync("endless");
        var (mapping, schema) = Source.Describe(new SourceOptions
        {
            Query = "SELECT 'some text of ' || i AS text, i % 3 AS label, i % 2 = 0 AS even FROM (SELECT generate_series(1, 2000000000) AS i) endless",
            Postgres = new PostgresOptions { ConnectionString = connection },
        });
        mapping.Label!.Name.ShouldBe("label");
        schema.Columns.Select(column => column.Type).ShouldBe([FieldType.Text, FieldType.Integer, FieldType.Boolean]);
    }

    [Fact]
    public async Task Ingest_WrongPassword_IsNotShown()
    {
        var connection = await server.CreateDatabaseAsync("password");
        var message = Failure(connection.Replace(PostgresServer.Password, "hunter2hunter2", StringComparison.Ordinal), "SELECT 'a' AS text, 1 AS label");
        message.ShouldContain("password authentication failed for user \"tester\"");
        message.ShouldNotContain("hunter2");
        message.ShouldNotContain("tried");
    }

    [Fact]
    public async Task Ingest_ServerGoneAtFirst_IsTriedAgain()
    {
        await FillAsync("flaky");
        using var proxy = new FaultyProxy(server.Port, number => number == 0 ? 0 : null);
        Ingest(Through(proxy, "flaky"), "SELECT body AS text, stars AS label FROM reviews ORDER BY id").Labels.Count.ShouldBe(3);
        proxy.Connections.ShouldBe(2);
    }

    [Fact]
    public async Task Ingest_ServerGone_TellsWhatWasTried()
    {
        await server.CreateDatabaseAsync("gone");
        using var proxy = new FaultyProxy(server.Port, _ => 0);
        var message = Failure(Through(proxy, "gone"), "SELECT 'a' AS text, 1 AS label");
        message.ShouldStartWith($"the query on PostgreSQL 127.0.0.1:{proxy.Port}/gone: tried 3 times in ");
        message.ShouldNotContain(PostgresServer.Password);
    }

    [Fact]
    public async Task Ingest_ConnectionLostMidwayEachTime_TellsWhatWasTried()
    {
        await server.CreateDatabaseAsync("lost");
        using var proxy = new FaultyProxy(server.Port, _ => 4_000_000);
        var message = Failure(Through(proxy, "lost"), Long);
        message.ShouldMatch("^the query on PostgreSQL 127.0.0.1:[0-9]+/lost: tried 3 times in [0-9.]+ s; the last answer: the result broke off after [0-9]+ bytes: ");
        proxy.Connections.ShouldBe(3);
    }

    [Fact]
    public async Task Profile_ConnectionLostMidwayOnce_IsReadAnew()
    {
        await server.CreateDatabaseAsync("resumed");
        using var proxy = new FaultyProxy(server.Port, number => number == 0 ? 4_000_000 : null);
        var options = new SourceOptions { Query = Long, Postgres = new PostgresOptions { ConnectionString = Through(proxy, "resumed") }, Retry = Fast };
        Snapshot.ProfileSource(new IngestOptions { Source = options, Threads = 2 }, _folder.Home, stop: TestContext.Current.CancellationToken).Rows.ShouldBe(LongRows);
        proxy.Connections.ShouldBe(2);
    }

    [Fact]
    public async Task Ingest_BackendKilledMidway_RowsAreOfOneExecution()
    {
        const int Gate = 7;
        var connection = await server.CreateDatabaseAsync("killed");
        await using var admin = new NpgsqlConnection(connection);
        await admin.OpenAsync(TestContext.Current.CancellationToken);
        await ExecuteAsync($"SELECT pg_advisory_lock({Gate})");
        // Every row says who sent it. Midway the query waits at the gate, with half of its rows on their way.
        var query = $"SELECT repeat('long text ', 20) || i AS text, i % 2 AS label, 'b' || pg_backend_pid() AS \"user\", CASE WHEN i = 20000 THEN pg_advisory_lock_shared({Gate})::text END AS gate FROM generate_series(1, 40000) i";
        var ingest = Task.Run(() => Ingest(connection, query), TestContext.Current.CancellationToken);
        object? killed = null;
        while (killed is null)
            killed = await ExecuteAsync("SELECT pid FROM pg_locks, pg_sleep(0.01) WHERE locktype = 'advisory' AND NOT granted");
        await ExecuteAsync($"SELECT pg_terminate_backend({killed})");
        await ExecuteAsync($"SELECT pg_advisory_unlock({Gate})");
        var snapshot = await ingest;

        snapshot.Manifest.Counts.Total.ShouldBe(40_000);
        var sender = snapshot.Profile!.Columns.Single(column => column.Name == "user").Frequent.Single();
        sender.Count.ShouldBe(40_000);
        sender.Value.ShouldNotBe($"b{killed}");

        async Task<object?> ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, admin);
            return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        }
    }

    private string Through(FaultyProxy proxy, string database) =>
        server.ConnectionString(database).Replace($"Port={server.Port}", $"Port={proxy.Port}", StringComparison.Ordinal);

    private async Task<string> FillAsync(string database)
    {
        var connection = await server.CreateDatabaseAsync(database);
        await using var open = new NpgsqlConnection(connection);
        await open.OpenAsync(TestContext.Current.CancellationToken);
        await using var fill = new NpgsqlCommand(Fill, open);
        await fill.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    private Snapshot Ingest(string connection, string query) => _folder.Ingest(
        "", source => source with { Query = query, Postgres = new PostgresOptions { ConnectionString = connection }, Retry = Fast });

    private string Failure(string connection, string query) => Should.Throw<DatasetException>(() => Ingest(connection, query)).Message;
}
