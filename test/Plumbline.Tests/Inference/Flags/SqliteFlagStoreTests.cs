using Plumbline.Storage;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Inference.Flags;

public sealed class SqliteFlagStoreTests : FlagStoreContract
{
    private readonly TemporaryFolder _folder = new();

    protected override IMetadataStore Open() => SqliteMetadataStore.Open(_folder.File("plumbline.db"), TimeProvider.System);

    protected override void Cleanup() => _folder.Dispose();
}
