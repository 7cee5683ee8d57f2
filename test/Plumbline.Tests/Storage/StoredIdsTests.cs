using Plumbline.Storage;

namespace Plumbline.Tests.Storage;

public sealed class StoredIdsTests : BackendTests
{
    private const string First = "0199c1de000000000000000000000001";
    private const string Second = "0199c1de000000000000000000000002";

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("0199c1de00000000000000000000000", null)]
    [InlineData("0199c2", "0199c2ff000000000000000000000003")]
    [InlineData(First, First)]
    [InlineData("0199", "0199")]
    [InlineData("ffffff", "ffffff")]
    [InlineData("0199c%", "0199c%")]
    public async Task CompleteAsync_FirstDigits_AreThoseOfOneOrRefused(string digits, string? id)
    {
        await Store.WriteAsync(
            connection =>
            {
                foreach (var (model, cycle) in new[] { ("a", First), ("b", Second), ("c", "0199c2ff000000000000000000000003") })
                    connection.Execute("INSERT INTO retraining_cycles (cycle_id, model, state, story, creation_time) VALUES (@cycle, @model, 'proposed', '{}', 0)", ("cycle", cycle), ("model", model));
                return true;
            },
            Token);
        if (id is not null)
            (await StoredIds.RetrainingCycles.CompleteAsync(Store, digits, Token)).ShouldBe(id);
        else
            (await Should.ThrowAsync<MetadataException>(() => StoredIds.RetrainingCycles.CompleteAsync(Store, digits, Token))).Message.ShouldContain($"begins several: {First}, {Second}. Give more digits");
    }

    [Fact]
    public async Task CompleteAsync_OfEachKind_AsksATableThatIsThere()
    {
        foreach (var ids in new[] { StoredIds.Runs, StoredIds.PipelineRuns, StoredIds.RetrainingCycles, StoredIds.Alerts, StoredIds.BatchJobs })
            (await ids.CompleteAsync(Store, "abcdef", Token)).ShouldBe("abcdef");
    }

    protected override IMetadataStore Open() => SqliteMetadataStore.Open(_folder.File("plumbline.db"), TimeProvider.System);

    protected override void Cleanup() => _folder.Dispose();
}
