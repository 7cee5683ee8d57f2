[assembly: AssemblyFixture(typeof(Plumbline.Tests.Parts.RedisServer))]

namespace Plumbline.Tests.Parts;

/// <summary>A Redis of this test run, started by the first test that asks for it.</summary>
public sealed class RedisServer : IDisposable
{
    private readonly SemaphoreSlim _starting = new(1);
    private RedisProcess? _process;

    /// <summary><c>host:port</c>; skips the test where there is no Redis.</summary>
    public async Task<string> AddressAsync()
    {
        await _starting.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            _process ??= RedisProcess.Create();
            Assert.SkipWhen(_process is null, "There is no redis-server (Debian's package of that name) on this machine.");
            return _process.Address;
        }
        finally
        {
            _starting.Release();
        }
    }

    /// <summary>Ends it as a crash does.</summary>
    public void Kill() => _process?.Stop();

    public void Dispose()
    {
        _process?.Dispose();
        _starting.Dispose();
    }
}
