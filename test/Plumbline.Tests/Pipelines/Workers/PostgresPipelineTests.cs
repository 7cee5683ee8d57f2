using Plumbline.Storage;
using Plumbline.Tests.Parts;

namespace Plumbline.Tests.Pipelines.Workers;

public sealed class PostgresPipelineTests(PostgresServer server) : PipelineContract
{
    private readonly Lazy<PostgresStoreOptions> _place = new(server.CreateStore);

    protected override IMetadataStore Open() => PostgresMetadataStore.Open(_place.Value, TimeProvider.System);
}
