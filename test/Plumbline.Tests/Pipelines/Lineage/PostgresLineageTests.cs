using Plumbline.Storage;
using Plumbline.Tests.Parts;

namespace Plumbline.Tests.Pipelines.Lineage;

public sealed class PostgresLineageTests(PostgresServer server) : LineageContract
{
    private readonly Lazy<PostgresStoreOptions> _place = new(server.CreateStore);

    protected override IMetadataStore Open() => PostgresMetadataStore.Open(_place.Value, TimeProvider.System);
}
