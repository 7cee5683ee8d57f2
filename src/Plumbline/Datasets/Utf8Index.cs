using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Plumbline.Datasets;

/// <summary>Numbers distinct UTF-8 strings in order of appearance, without a string for one seen before. Not thread-safe.</summary>
internal sealed class Utf8Index
{
    private readonly Dictionary<byte[], int> _numbers = new(Comparer.Instance);
    private readonly List<string> _values = [];

    public IReadOnlyList<string> Values => _values;

    public static Utf8Index Of(IEnumerable<string> values)
    {
        var index = new Utf8Index();
        foreach (var value in values)
            index.Add(Encoding.UTF8.GetBytes(value));
        return index;
    }

    public int Add(ReadOnlySpan<byte> value)
    {
        var lookup = _numbers.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (lookup.TryGetValue(value, out var number))
            return number;
        number = _values.Count;
        lookup[value] = number;
        _values.Add(Encoding.UTF8.GetString(value));
        return number;
    }

    /// <summary>-1 where it was never added.</summary>
    public int Find(ReadOnlySpan<byte> value) =>
        _numbers.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(value, out var number) ? number : -1;

    private sealed class Comparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public static readonly Comparer Instance = new();

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }
    }
}
