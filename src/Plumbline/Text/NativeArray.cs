using System.Runtime.InteropServices;

namespace Plumbline.Text;

/// <summary>
/// Zeroed memory outside the collected heap, aligned to cache lines; large ones ask Linux for huge pages, because tables that are read at random
/// otherwise spend much of the time on page faults and address translation. Freed by <see cref="Dispose"/> or the finaliser. Not thread-safe.
/// </summary>
internal sealed unsafe class NativeArray<T> : IDisposable
    where T : unmanaged
{
    private const int CacheLine = 64;

    /// <param name="length">Elements; may be 0.</param>
    public NativeArray(long length)
    {
        Length = length;
        var bytes = checked((nuint)length * (nuint)sizeof(T));
        var isLarge = bytes >= HugePages.Size && OperatingSystem.IsLinux();
        Start = (T*)NativeMemory.AlignedAlloc(bytes, (nuint)(isLarge ? HugePages.Size : CacheLine));
        if (isLarge)
            HugePages.Ask(Start, bytes);
        NativeMemory.Clear(Start, bytes);
    }

    ~NativeArray() => Free();

    public T* Start { get; private set; }

    public long Length { get; }

    public Span<T> Span => new(Start, checked((int)Length));

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(Start);
        Start = null;
    }
}

/// <summary>Advice to Linux about memory; where it is not taken, memory works as before.</summary>
internal static unsafe partial class HugePages
{
    public const int Size = 2 << 20;

    private const int AdviseHugePage = 14;

    public static void Ask(void* start, nuint bytes) => _ = Advise(start, bytes, AdviseHugePage);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint length, int advice);
}
