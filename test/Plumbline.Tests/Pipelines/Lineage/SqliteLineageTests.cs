using Plumbline.Storage;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Pipelines.Lineage;

public sealed class SqliteLineageTests : LineageContract
{
    private readonly TemporaryFolder _database = new();

    protected override IMetadataStore Open() => SqliteMetadataStore.Open(_database.File("plumbline.db"), TimeProvider.System);

    protected override void Cleanup()
    {
        base.Cleanup();
        _database.Dispose();
    }
}
