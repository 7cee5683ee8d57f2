using Plumbline.Datasets;
using Plumbline.Tests.Parts;

namespace Plumbline.Tests.Inference.Batch;

public sealed class BatchS3Tests(S3Server store) : IDisposable
{
    private readonly BatchFolder _folder = new();

    [Fact]
    public async Task Run_TwoAtOneOutput_TheSecondIsRefused()
    {
        var bucket = $"batch-{Guid.NewGuid():N}";
        await store.CreateBucketAsync(bucket);
        var options = _folder.Options(_folder.Write("in.csv", 10), "answers.csv", "id") with { Output = $"s3://{bucket}/answers.csv" };
        options = options with { Source = options.Source with { S3 = store.Options() } };
        using var held = new Holding();
        var first = Task.Run(() => _folder.RunAsync(options, 1, progress: held), TestContext.Current.CancellationToken);
        held.WaitUntilBegun();
        var refused = await Should.ThrowAsync<DatasetException>(() => _folder.RunAsync(options));
        refused.Message.ShouldContain($"s3://{bucket}/answers.csv is being written by another process");
        held.LetGo();
        (await first).Rows.ShouldBe(10);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("in/a.csv", "out/answers.csv.gz")]
    [InlineData("in/b.parquet", "answers.parquet")]
    public async Task Run_FromAStoreToAStore_AsOfFiles(string input, string output)
    {
        const int Rows = BatchFolder.ChunkRows + 4_500;
        var bucket = $"batch-{Guid.NewGuid():N}";
        await store.CreateBucketAsync(bucket);
        var local = _folder.Write(Path.GetFileName(input), Rows);
        await store.PutAsync(bucket, input, File.ReadAllBytes(local));
        var expected = Path.GetFileName(output);
        await _folder.RunAsync(_folder.Options(local, expected, "id"));
        var options = _folder.Options($"s3://{bucket}/{input}", expected, "id") with { Output = $"s3://{bucket}/{output}" };
        options = options with { Source = options.Source with { S3 = store.Options() } };

        using (var stopping = new Stopping(BatchFolder.ChunkRows + 4_000))
            await Should.ThrowAsync<OperationCanceledException>(() => _folder.RunAsync(options, 1, progress: stopping, stop: stopping.Token));
        (await _folder.RunAsync(options)).Resumed.ShouldBe(BatchFolder.ChunkRows);

        using var objects = new Plumbline.Storage.Artifacts.S3ObjectStore(store.Options(), bucket, "", _folder.Home.Temporary);
        (await objects.ReadAsync(output, TestContext.Current.CancellationToken)).ShouldBe(File.ReadAllBytes(_folder.File(expected)));
        (await objects.ListAsync(output + ".parts", null, 10, TestContext.Current.CancellationToken)).Entries.ShouldBeEmpty();
        (await objects.ListAsync(output + ".locks", null, 10, TestContext.Current.CancellationToken)).Entries.ShouldBeEmpty();
        (await Should.ThrowAsync<DatasetException>(() => _folder.RunAsync(options with { Source = options.Source with { Path = $"s3://{bucket}/none.csv" } }))).Message.ShouldContain("no such object");
    }
}
