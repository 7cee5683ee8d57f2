using Plumbline.Storage;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Pipelines.Retention;

public sealed class SqliteRunPrunerTests : RunPrunerContract
{
    private readonly TemporaryFolder _folder = new();

    protected override IMetadataStore Open() => SqliteMetadataStore.Open(_folder.File("plumbline.db"), TimeProvider.System);

    protected override void Cleanup()
    {
        base.Cleanup();
        _folder.Dispose();
    }
}
