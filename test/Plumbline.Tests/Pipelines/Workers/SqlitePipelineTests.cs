using Plumbline.Storage;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Pipelines.Workers;

public sealed class SqlitePipelineTests : PipelineContract
{
    private readonly TemporaryFolder _folder = new();

    protected override IMetadataStore Open() => SqliteMetadataStore.Open(_folder.File("plumbline.db"), TimeProvider.System);

    protected override void Cleanup()
    {
        base.Cleanup();
        _folder.Dispose();
    }
}
