using Plumbline.Storage;

namespace Plumbline.Tests.Storage;

public sealed class SqliteEventLogTests : EventLogContract
{
    private readonly TemporaryFolder _folder = new();

    protected override string RemoveGuard => "DROP TRIGGER IF EXISTS events_stay; DROP TRIGGER IF EXISTS events_remain";

    protected override IMetadataStore Open() => SqliteMetadataStore.Open(_folder.File("plumbline.db"), TimeProvider.System);

    protected override void Cleanup() => _folder.Dispose();
}
