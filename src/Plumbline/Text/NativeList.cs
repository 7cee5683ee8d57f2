using System.Runtime.InteropServices;

namespace Plumbline.Text;

/// <summary>
/// A growing list outside the collected heap. Large blocks grow by remapping pages, so that growth neither copies nor doubles what is resident.
/// Freed by <see cref="Dispose"/> or the finaliser. Not thread-safe.
/// </summary>
internal sealed unsafe class NativeList<T> : IDisposable
    where T : unmanaged
{
    private T* _start;
    private int _capacity;

    public NativeList(int capacity = 1024) => Reserve(capacity);

    ~NativeList() => Free();

    public int Count { get; private set; }

    public Span<T> Span => new(_start, Count);

    public ref T this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            return ref _start[index];
        }
    }

    public void Add(in T value)
    {
        if (Count == _capacity)
            Reserve(checked((int)Math.Max(Count + 1L, Math.Min(Array.MaxLength, _capacity * 3L / 2))));
        _start[Count++] = value;
    }

    public void AddRange(ReadOnlySpan<T> values)
    {
        if (values.Length > _capacity - Count)
            Reserve(checked((int)Math.Max((long)Count + values.Length, Math.Min(Array.MaxLength, _capacity * 3L / 2))));
        values.CopyTo(new Span<T>(_start + Count, values.Length));
        Count += values.Length;
    }

    public void Clear() => Count = 0;

    /// <summary>Keeps the first <paramref name="count"/> values.</summary>
    public void Truncate(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)Count, nameof(count));
        Count = count;
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Reserve(int capacity)
    {
        _start = (T*)NativeMemory.Realloc(_start, checked((nuint)capacity * (nuint)sizeof(T)));
        _capacity = capacity;
    }

    private void Free()
    {
        NativeMemory.Free(_start);
        _start = null;
        Count = _capacity = 0;
    }
}
