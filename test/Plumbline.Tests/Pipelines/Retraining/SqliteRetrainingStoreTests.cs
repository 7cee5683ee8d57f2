using Plumbline.Storage;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Pipelines.Retraining;

public sealed class SqliteRetrainingStoreTests : RetrainingStoreContract
{
    private readonly TemporaryFolder _folder = new();

    protected override IMetadataStore Open() => SqliteMetadataStore.Open(_folder.File("plumbline.db"), TimeProvider.System);

    protected override void Cleanup() => _folder.Dispose();
}
