using Plumbline.Storage;
using Plumbline.Tests.Parts;

namespace Plumbline.Tests.Registry.Gates;

public sealed class PostgresPromotionTests(PostgresServer server) : PromotionContract
{
    private readonly Lazy<PostgresStoreOptions> _place = new(server.CreateStore);

    protected override IMetadataStore Open() => PostgresMetadataStore.Open(_place.Value, TimeProvider.System);
}
