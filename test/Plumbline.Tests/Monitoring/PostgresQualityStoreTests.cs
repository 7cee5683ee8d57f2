using Plumbline.Storage;
using Plumbline.Tests.Parts;

namespace Plumbline.Tests.Monitoring;

public sealed class PostgresQualityStoreTests(PostgresServer server) : QualityStoreContract
{
    private readonly Lazy<PostgresStoreOptions> _place = new(server.CreateStore);

    protected override IMetadataStore Open() => PostgresMetadataStore.Open(_place.Value, TimeProvider.System);

    protected override void Cleanup()
    {
    }
}
