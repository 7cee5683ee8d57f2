using Plumbline.Storage;
using Plumbline.Tests.Parts;

namespace Plumbline.Tests.Storage;

public sealed class PostgresEventLogTests(PostgresServer server) : EventLogContract
{
    private readonly Lazy<PostgresStoreOptions> _place = new(server.CreateStore);

    protected override string RemoveGuard => "DROP TRIGGER IF EXISTS events_stay ON events";

    protected override IMetadataStore Open() => PostgresMetadataStore.Open(_place.Value, TimeProvider.System);

    protected override void Cleanup()
    {
    }
}
