using Plumbline.Storage;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Monitoring;

public sealed class SqliteQualityStoreTests : QualityStoreContract
{
    private readonly TemporaryFolder _folder = new();

    protected override IMetadataStore Open() => SqliteMetadataStore.Open(_folder.File("plumbline.db"), TimeProvider.System);

    protected override void Cleanup() => _folder.Dispose();
}
