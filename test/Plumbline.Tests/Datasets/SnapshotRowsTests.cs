using System.Text;
using Plumbline.Datasets;

namespace Plumbline.Tests.Datasets;

public sealed class SnapshotRowsTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(0)]
    public void Read_KeptOrReadAgain_TheBatchesOfTheSnapshot(long mostFileBytes)
    {
        var snapshot = _folder.Ingest(_folder.Write("a.csv", SourceFolder.Reviews(20_000)));
        var rows = new SnapshotRows(snapshot, mostFileBytes);
        for (var pass = 0; pass < 2; pass++)
        {
            foreach (var split in Enum.GetValues<Split>())
                Describe(rows.Read(split)).ShouldBe(Describe(snapshot.Read(split)));
        }
    }

    [Fact]
    public void Read_FileGone_ThrowsInEveryPass()
    {
        var snapshot = _folder.Ingest(_folder.Write("a.csv", SourceFolder.Reviews(1_000)));
        File.Delete(Path.Combine(snapshot.Directory, snapshot.Manifest.RowsFiles[0].Name));
        var rows = new SnapshotRows(snapshot);
        for (var pass = 0; pass < 2; pass++)
            Should.Throw<Exception>(() => rows.Read(Split.Train).Count());
    }

    private static string[] Describe(IEnumerable<RecordBatch> batches) =>
        [.. batches.Select(batch => string.Join('|', Enumerable.Range(0, batch.Count).Select(record => $"{batch.Row(record)} {batch.Label(record)} {Encoding.UTF8.GetString(batch.Text(record))}")))];
}
