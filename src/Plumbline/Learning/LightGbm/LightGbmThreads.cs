using System.Runtime.CompilerServices;

namespace Plumbline.Learning.LightGbm;

/// <summary>
/// The number of threads is one number for all uses of the library at a time, and buffers are made for it when a booster is: a fit that raised it
/// beside another would have that one write beyond its buffers. So the first use decides, and those that begin beside it take its number; no result depends on it.
/// </summary>
internal sealed class LightGbmThreads : IDisposable
{
    private static readonly Lock Gate = new();
    private static readonly StrongBox<(int Uses, int Threads)> Current = new();

    private LightGbmThreads(int count) => Count = count;

    public int Count { get; }

    public static LightGbmThreads Enter(int wanted)
    {
        lock (Gate)
        {
            if (Current.Value.Uses++ == 0)
                Current.Value.Threads = wanted;
            return new LightGbmThreads(Current.Value.Threads);
        }
    }

    public void Dispose()
    {
        lock (Gate)
            Current.Value.Uses--;
    }
}
