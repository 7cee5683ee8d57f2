using Plumbline.Storage;
using Plumbline.Tests.Parts;

namespace Plumbline.Tests.Registry;

public sealed class PostgresRegistryLifecycleTests(PostgresServer server) : RegistryLifecycleContract
{
    private readonly Lazy<PostgresStoreOptions> _place = new(server.CreateStore);

    protected override IMetadataStore Open() => PostgresMetadataStore.Open(_place.Value, TimeProvider.System);

    protected override void Cleanup()
    {
    }
}
