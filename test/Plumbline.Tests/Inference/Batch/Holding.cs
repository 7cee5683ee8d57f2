using Plumbline.Inference.Batch;

namespace Plumbline.Tests.Inference.Batch;

/// <summary>Holds a run up where it tells of its first rows.</summary>
internal sealed class Holding : IProgress<BatchProgress>, IDisposable
{
    private readonly ManualResetEventSlim _begun = new();
    private readonly ManualResetEventSlim _goOn = new();

    public void WaitUntilBegun() => _begun.Wait(TestContext.Current.CancellationToken);

    public void LetGo() => _goOn.Set();

    public void Report(BatchProgress value)
    {
        _begun.Set();
        _goOn.Wait();
    }

    public void Dispose()
    {
        _goOn.Set();
        _begun.Dispose();
        _goOn.Dispose();
    }
}
