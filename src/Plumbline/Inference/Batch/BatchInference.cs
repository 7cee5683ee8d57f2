using Plumbline.Datasets;
using Plumbline.Features.Online;
using Plumbline.Storage;
using Plumbline.Telemetry;

namespace Plumbline.Inference.Batch;

/// <summary>
/// Answers all rows of an input by itself, in chunks, and goes on where an interrupted run was left: docs/specs/batch-inference.md. One run at a time.
/// </summary>
/// <param name="online">Null for a model without aggregates.</param>
/// <param name="home">Where files wait that go to a store.</param>
public sealed class BatchInference(IPredictor predictor, BatchOptions options, OnlineFeatures? online, Home home, TimeProvider time)
{
    /// <summary>Rows that are kept for a run that goes on; 0 where the next one begins anew.</summary>
    public long RowsKept { get; private set; }

    /// <param name="threads">No byte of the output depends on it.</param>
    /// <param name="restart">Whether what an earlier run left is dropped.</param>
    /// <exception cref="DatasetException">The input cannot be read or is not what it was, the output cannot be written, or too many rows cannot be answered.</exception>
    /// <exception cref="MetadataException">Unavailable: the store of the output does not answer.</exception>
    public Task<BatchResult> RunAsync(int threads, bool restart = false, IProgress<BatchProgress>? progress = null, CancellationToken stop = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        return Spans.RunAsync("batch.predict", async span =>
        {
            span?.SetTag("plumbline.bundle", predictor.Digest);
            var result = await AnswerAsync(threads, restart, progress, stop).ConfigureAwait(false);
            span?.SetTag("plumbline.rows", result.Rows);
            return result;
        });
    }

    private async Task<BatchResult> AnswerAsync(int threads, bool restart, IProgress<BatchProgress>? progress, CancellationToken stop)
    {
        var manifest = Describe(stop);
        using var place = OutputPlace.Of(options, home);
        if (restart)
        {
            await using ((await place.LockAsync(OutputOwner.Process, time, stop).ConfigureAwait(false)).ConfigureAwait(false))
                await place.ClearAsync(stop).ConfigureAwait(false);
        }
        await using var held = (await place.LockAsync(OutputOwner.Process, time, stop).ConfigureAwait(false)).ConfigureAwait(false);
        var ledger = await ManifestLedger.OpenAsync(place, manifest, stop).ConfigureAwait(false);
        try
        {
            var before = ledger.Counts;
            var inputs = new RecordInputs(predictor, online, ledger.AsOf);
            var run = new BatchRun(predictor, options, inputs, manifest.Input, place, ledger, before, time);
            await Task.Run(() => run.Answer(threads, progress, stop), CancellationToken.None).ConfigureAwait(false);
            var counts = await run.AssembleAsync(_ => Task.CompletedTask, stop).ConfigureAwait(false);
            await place.ClearAsync(CancellationToken.None).ConfigureAwait(false);
            return new BatchResult(counts.Rows, counts.Errors, before.Rows, inputs);
        }
        catch
        {
            RowsKept = ledger.Counts.Rows;
            if (RowsKept == 0)
                await place.ClearAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    private BatchManifest Describe(CancellationToken stop)
    {
        using var source = BatchInput.Open(options, predictor, stop);
        var now = time.GetUtcNow();
        return new BatchManifest(BatchManifest.CurrentVersion, predictor.Digest, now, CodeVersion.Current, null, source.Files(), AnsweredOptions.Of(options, source.Columns), []);
    }
}
