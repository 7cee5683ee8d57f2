using System.Collections;
using Plumbline.Text;

namespace Plumbline.Datasets.Duplicates;

/// <summary>Groups of two records or more, in the order of their first records. Immutable; safe to read from several threads until disposed.</summary>
internal sealed class RecordGroups : IEnumerable<RecordGroup>, IDisposable
{
    private readonly NativeArray<ulong> _members;

    /// <param name="roots">The first record of the group of each record.</param>
    public RecordGroups(ReadOnlySpan<int> roots)
    {
        using var repeated = new NativeArray<bool>(roots.Length);
        long count = 0;
        for (var record = 0; record < roots.Length; record++)
            if (roots[record] is var root && root != record)
            {
                count += repeated.Span[root] ? 1 : 2;
                repeated.Span[root] = true;
            }
        _members = new NativeArray<ulong>(count);
        var members = _members.Span;
        var next = 0;
        for (var record = 0; record < roots.Length; record++)
            if (repeated.Span[roots[record]])
                members[next++] = ((ulong)roots[record] << 32) | (uint)record;
        members.Sort();
    }

    public IEnumerator<RecordGroup> GetEnumerator()
    {
        for (int start = 0, count; start < _members.Length; start += count)
        {
            count = 1;
            while (start + count < _members.Length && RootAt(start + count) == RootAt(start))
                count++;
            yield return new RecordGroup(this, start, count);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public void Dispose() => _members.Dispose();

    public int RecordAt(int index) => (int)(uint)_members.Span[index];

    private int RootAt(int index) => (int)(_members.Span[index] >> 32);
}

/// <summary>Records of one group, in source order.</summary>
internal readonly struct RecordGroup(RecordGroups groups, int start, int count)
{
    public int Count => count;

    public int this[int index] => groups.RecordAt(start + index);
}
