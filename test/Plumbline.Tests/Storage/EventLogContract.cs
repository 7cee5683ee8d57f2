using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Plumbline.Storage;

namespace Plumbline.Tests.Storage;

/// <summary>The audit log over a metadata store of any kind.</summary>
public abstract class EventLogContract : BackendTests
{
    private const int Events = 12;

    private EventLog Log => new(Store);

    /// <summary>SQL that takes the guard off the table, as only an owner of the database can.</summary>
    protected abstract string RemoveGuard { get; }

    [Fact]
    public async Task Append_Several_ChainedWithWhoWhatWhenWhereWhy()
    {
        AuditOrigin.Current = AuditOrigin.Of("test", "10.0.0.7");
        await AppendAsync(Events);
        var events = await Log.ListAsync(cancellation: Token);
        var third = events[2];
        (third.Id, third.Time, third.Actor, third.Action, third.Subject, third.Reason).ShouldBe((3, 103, "ann", "alias.set", "reviews@champion", "better 3"));
        var origin = JsonNode.Parse(third.Origin)!;
        ((string)origin["interface"]!, (string)origin["client"]!, (string)origin["host"]!, (int)origin["process"]!)
            .ShouldBe(("test", "10.0.0.7", Environment.MachineName, Environment.ProcessId));
        var verified = await Log.VerifyAsync(cancellation: Token);
        (verified.Events, verified.Fault).ShouldBe((Events, null));
        verified.Head.ShouldBe(await Log.HeadAsync(Token));
        events.Select(e => e.Hash).Distinct().Count().ShouldBe(Events);
    }

    [Fact]
    public async Task Append_Hash_IsThatOfTheSpecification()
    {
        await AppendAsync(1);
        var e = (await Log.ListAsync(cancellation: Token)).Single();
        using var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes, Encoding.UTF8, leaveOpen: true))
        {
            void Text(string text)
            {
                var utf8 = Encoding.UTF8.GetBytes(text);
                writer.Write(utf8.Length);
                writer.Write(utf8);
            }

            Text("plumbline-audit-1");
            writer.Write(new byte[32]);
            writer.Write(e.Id);
            writer.Write(e.Time);
            foreach (var text in (string[])[e.Actor, e.Origin, e.Action, e.Subject, e.Detail])
                Text(text);
        }
        e.Hash.ShouldBe(Convert.ToHexStringLower(SHA256.HashData(bytes.ToArray())));
    }

    [Fact]
    public async Task Append_ManyAtOnceFromTwoStores_OneChain()
    {
        IMetadataStore[] stores = [Store, OpenAnother()];
        await Task.WhenAll(Enumerable.Range(0, 120).Select(i => i % 3 == 0 ? AppendAsync(stores[i % 2], i) : stores[i % 2].WriteConcurrentlyAsync(
            connection =>
            {
                EventLog.Append(connection, i, "bob", "noted", $"{i}", []);
                return 0;
            },
            Token)));
        var verified = await Log.VerifyAsync(cancellation: Token);
        (verified.Events, verified.Fault).ShouldBe((120, null));
    }

    [Theory]
    [InlineData("UPDATE events SET actor = 'eve' WHERE id = 5", 5)]
    [InlineData("UPDATE events SET time = time + 1 WHERE id = 5", 5)]
    [InlineData("UPDATE events SET detail = '{}' WHERE id = 5", 5)]
    [InlineData("UPDATE events SET origin = '' WHERE id = 5", 5)]
    [InlineData("UPDATE events SET hash = '' WHERE id = 5", 5)]
    [InlineData("DELETE FROM events WHERE id = 5", 5)]
    [InlineData("DELETE FROM events WHERE id = 1", 1)]
    [InlineData("DELETE FROM events WHERE id > 9", 10)]
    [InlineData("DELETE FROM events", 1)]
    [InlineData("DELETE FROM events WHERE id = 5; UPDATE events SET id = id - 1 WHERE id > 5", 5)]
    [InlineData("UPDATE events SET id = -5 WHERE id = 5; UPDATE events SET id = 5 WHERE id = 6; UPDATE events SET id = 6 WHERE id = -5", 5)]
    [InlineData("INSERT INTO events (id, time, actor, action, subject, detail) VALUES (13, 1, 'eve', 'x', 'y', '{}')", 13)]
    [InlineData("INSERT INTO events (id, time, actor, action, subject, detail) VALUES (0, 1, 'eve', 'x', 'y', '{}')", 1)]
    public async Task Verify_Tampered_FirstBrokenEventNamed(string sql, long broken)
    {
        await AppendAsync(Events);
        await TamperAsync(sql);
        var fault = (await Log.VerifyAsync(cancellation: Token)).Fault.ShouldNotBeNull();
        fault.Id.ShouldBe(broken, fault.Problem);
        fault.Problem.ShouldStartWith($"Event {broken.ToString(CultureInfo.InvariantCulture)} ");
    }

    [Fact]
    public async Task Verify_TruncatedWithItsCounter_OnlyAKeptHeadFindsIt()
    {
        await AppendAsync(Events);
        var kept = AuditHead.Parse((await Log.HeadAsync(Token)).ToString());
        await AppendAsync(2);
        (await Log.VerifyAsync(kept, Token)).Fault.ShouldBeNull();
        await TamperAsync("DELETE FROM events WHERE id > 9; UPDATE counters SET value = 9 WHERE name = 'event'");
        (await Log.VerifyAsync(cancellation: Token)).Fault.ShouldBeNull();
        (await Log.VerifyAsync(kept, Token)).Fault.ShouldNotBeNull().Id.ShouldBe(10);
        await AppendAsync(Events);
        (await Log.VerifyAsync(cancellation: Token)).Fault.ShouldBeNull();
        (await Log.VerifyAsync(kept, Token)).Fault.ShouldNotBeNull().Id.ShouldBe(Events);
    }

    [Fact]
    public async Task Verify_EventsFromBeforeTheChain_VouchedForByThoseAfter()
    {
        await Store.WriteAsync(
            connection =>
            {
                foreach (var id in (int[])[1, 2, 3])
                    connection.Execute("INSERT INTO events (id, time, actor, action, subject, detail) VALUES (@id, 1, 'ann', 'x', 'y', '{}')", ("id", id));
                return connection.Execute("UPDATE counters SET value = 3 WHERE name IN ('event', 'event before chain')");
            },
            Token);
        var before = await Log.HeadAsync(Token);
        await AppendAsync(2);
        (await Log.VerifyAsync(before, Token)).ShouldBe(new AuditVerification(5, await Log.HeadAsync(Token), null));
        await TamperAsync("UPDATE events SET actor = 'eve' WHERE id = 2");
        (await Log.VerifyAsync(cancellation: Token)).Fault.ShouldNotBeNull().Id.ShouldBe(4);
        (await Log.VerifyAsync(before, Token)).Fault.ShouldNotBeNull().Id.ShouldBe(3);
    }

    [Fact]
    public async Task Events_ChangedByStatement_RefusedByTheDatabase()
    {
        await AppendAsync(2);
        foreach (var sql in (string[])["UPDATE events SET actor = 'eve'", "DELETE FROM events"])
            (await Should.ThrowAsync<System.Data.Common.DbException>(Store.WriteAsync(connection => connection.Execute(sql), Token))).Message.ShouldContain("events are never");
        (await Log.VerifyAsync(cancellation: Token)).Fault.ShouldBeNull();
    }

    [Fact]
    public void Parse_NotAHead_Refused()
    {
        foreach (var line in (string[])["", "plumbline-audit-1 5", "plumbline-audit-1 x " + new string('a', 64), "plumbline-audit-2 5 " + new string('a', 64)])
            Should.Throw<MetadataException>(() => AuditHead.Parse(line)).Error.ShouldBe(MetadataError.Invalid);
    }

    private async Task AppendAsync(int count)
    {
        for (var i = 1; i <= count; i++)
            await AppendAsync(Store, i);
    }

    private static Task<int> AppendAsync(IMetadataStore store, int number) => store.WriteAsync(
        connection =>
        {
            EventLog.Append(connection, 100 + number, "ann", "alias.set", "reviews@champion", new JsonObject { ["reason"] = $"better {number}" });
            return 0;
        },
        Token);

    private Task<int> TamperAsync(string sql) => Store.WriteAsync(
        connection =>
        {
            connection.Execute(RemoveGuard);
            return connection.Execute(sql);
        },
        Token);
}
