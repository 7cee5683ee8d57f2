using Plumbline.Storage;
using Plumbline.Tests.Parts;

namespace Plumbline.Tests.Pipelines.Retention;

public sealed class PostgresRunPrunerTests(PostgresServer server) : RunPrunerContract
{
    private readonly Lazy<PostgresStoreOptions> _place = new(server.CreateStore);

    protected override IMetadataStore Open() => PostgresMetadataStore.Open(_place.Value, TimeProvider.System);
}
