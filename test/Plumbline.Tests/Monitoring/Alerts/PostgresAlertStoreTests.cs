using Plumbline.Storage;
using Plumbline.Tests.Parts;

namespace Plumbline.Tests.Monitoring.Alerts;

public sealed class PostgresAlertStoreTests(PostgresServer server) : AlertStoreContract
{
    private readonly Lazy<PostgresStoreOptions> _place = new(server.CreateStore);

    protected override IMetadataStore Open() => PostgresMetadataStore.Open(_place.Value, TimeProvider.System);

    protected override void Cleanup()
    {
    }
}
