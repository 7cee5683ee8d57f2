using Plumbline.Inference.Batch;

namespace Plumbline.Tests.Inference.Batch;

/// <summary>Cancels once so many rows are answered.</summary>
internal sealed class Stopping(long rows) : IProgress<BatchProgress>, IDisposable
{
    private readonly CancellationTokenSource _source = new();

    public CancellationToken Token => _source.Token;

    public void Report(BatchProgress value)
    {
        if (value.Rows >= rows)
            _source.Cancel();
    }

    public void Dispose() => _source.Dispose();
}
