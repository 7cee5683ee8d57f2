using Plumbline.Storage;
using Plumbline.Tests.Parts;

namespace Plumbline.Tests.Inference.Flags;

public sealed class PostgresFlagStoreTests(PostgresServer server) : FlagStoreContract
{
    private readonly Lazy<PostgresStoreOptions> _place = new(server.CreateStore);

    protected override IMetadataStore Open() => PostgresMetadataStore.Open(_place.Value, TimeProvider.System);

    protected override void Cleanup()
    {
    }
}
