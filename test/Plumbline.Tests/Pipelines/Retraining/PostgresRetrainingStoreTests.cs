using Plumbline.Storage;
using Plumbline.Tests.Parts;

namespace Plumbline.Tests.Pipelines.Retraining;

public sealed class PostgresRetrainingStoreTests(PostgresServer server) : RetrainingStoreContract
{
    private readonly Lazy<PostgresStoreOptions> _place = new(server.CreateStore);

    protected override IMetadataStore Open() => PostgresMetadataStore.Open(_place.Value, TimeProvider.System);

    protected override void Cleanup()
    {
    }
}
