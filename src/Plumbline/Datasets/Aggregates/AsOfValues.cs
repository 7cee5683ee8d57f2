using Plumbline.Text;

namespace Plumbline.Datasets.Aggregates;

/// <summary>
/// Aggregates of every row, a row beside the next so that one is one read of memory, and what is known of every entity after the last record. Outside the
/// collected heap. Safe to read from any thread until disposed.
/// </summary>
internal sealed unsafe class AsOfValues : IDisposable
{
    private readonly NativeArray<double> _values;
    private readonly NativeArray<EntityState>[] _states;

    public AsOfValues(int rows, IReadOnlyList<EntityFeature> features, int users, int items)
    {
        Count = rows;
        Features = features;
        _values = new NativeArray<double>((long)rows * features.Count);
        for (var i = 0L; i < _values.Length; i++)
            _values.Start[i] = double.NaN;
        _states = [new NativeArray<EntityState>(users), new NativeArray<EntityState>(items)];
    }

    /// <summary>What a row holds, in order.</summary>
    public IReadOnlyList<EntityFeature> Features { get; }

    public int Count { get; }

    /// <summary>One value for each of <see cref="Features"/>; NaN is missing.</summary>
    public ReadOnlySpan<double> Row(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Count, nameof(row));
        return new ReadOnlySpan<double>(RowStart(row), Features.Count);
    }

    /// <summary>By entity number: the state after all rows, with which an online store begins.</summary>
    public ReadOnlySpan<EntityState> States(EntityKind kind) => StatesOf(kind).Span;

    public void Dispose()
    {
        _values.Dispose();
        foreach (var states in _states)
            states.Dispose();
    }

    internal double* RowStart(int row) => _values.Start + ((long)row * Features.Count);

    internal NativeArray<EntityState> StatesOf(EntityKind kind) => _states[(int)kind];

    internal (int Column, int Aggregate)[] ColumnsOf(EntityKind kind) =>
        [.. Features.Index().Where(pair => pair.Item.Kind == kind).Select(pair => (pair.Index, (int)pair.Item.Aggregate))];
}
