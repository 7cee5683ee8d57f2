using Plumbline.Storage;
using Plumbline.Tests.Parts;

namespace Plumbline.Tests.Inference.Batch;

public sealed class PostgresBatchJobTests(PostgresServer server) : BatchJobContract
{
    private readonly Lazy<PostgresStoreOptions> _place = new(server.CreateStore);

    protected override IMetadataStore Open() => PostgresMetadataStore.Open(_place.Value, TimeProvider.System);
}
