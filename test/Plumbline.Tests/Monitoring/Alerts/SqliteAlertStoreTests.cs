using Plumbline.Storage;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Monitoring.Alerts;

public sealed class SqliteAlertStoreTests : AlertStoreContract
{
    private readonly TemporaryFolder _folder = new();

    protected override IMetadataStore Open() => SqliteMetadataStore.Open(_folder.File("plumbline.db"), TimeProvider.System);

    protected override void Cleanup() => _folder.Dispose();
}
