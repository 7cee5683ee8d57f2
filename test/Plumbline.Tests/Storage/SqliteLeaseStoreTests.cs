using Plumbline.Storage;

namespace Plumbline.Tests.Storage;

public sealed class SqliteLeaseStoreTests : LeaseStoreContract
{
    private readonly TemporaryFolder _folder = new();

    protected override IMetadataStore Open() => SqliteMetadataStore.Open(_folder.File("plumbline.db"), TimeProvider.System);

    protected override void Cleanup() => _folder.Dispose();
}
