using System.Data.Common;

namespace Plumbline.Storage;

/// <summary>A change that is made for several callers at once where they wait together.</summary>
internal sealed class JoinedOperation<TItem, T> : WriteOperation<T>
{
    private readonly TItem _item;
    private readonly Func<DbConnection, IReadOnlyList<TItem>, IReadOnlyList<T>> _change;

    public JoinedOperation(TItem item, Func<DbConnection, IReadOnlyList<TItem>, IReadOnlyList<T>> change, string owner)
        : base(connection => change(connection, [item])[0], owner) => (_item, _change) = (item, change);

    public override Delegate Change => _change;

    public override void Run(DbConnection connection, IReadOnlyList<WriteOperation> same)
    {
        JoinedOperation<TItem, T>[] operations = [.. same.Cast<JoinedOperation<TItem, T>>()];
        var results = _change(connection, Array.ConvertAll(operations, operation => operation._item));
        for (var i = 0; i < operations.Length; i++)
            operations[i].Keep(results[i]);
    }
}
