using Plumbline.Storage;
using Plumbline.Tests.Parts;

namespace Plumbline.Tests.Tuning;

public sealed class PostgresStudyStorageTests(PostgresServer server) : StudyStorageOverStore
{
    protected override IMetadataStore Open() => PostgresMetadataStore.Open(server.CreateStore(), TimeProvider.System);

    protected override void Cleanup()
    {
    }
}
