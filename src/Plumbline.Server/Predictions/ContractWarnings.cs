using Plumbline.Features;
using Plumbline.Features.Online;

namespace Plumbline.Server.Predictions;

/// <summary>What the answer stands on less than the contract promises; <c>docs/specs/http.md</c> has the words.</summary>
internal enum WarningKind
{
    Missing,
    Type,
    OutOfRange,
    Differs,
    UnknownEntity,
    StoreUnavailable,
    UnknownCategory,
}

/// <summary>The warnings of one request: kind → feature → items. Reused; not thread-safe.</summary>
internal sealed class ContractWarnings
{
    private readonly Dictionary<(WarningKind Kind, int Feature), List<int>> _items = [];
    private readonly int[] _counts = new int[AnswerWriter.KindNames.Length];

    public bool Any => _counts.AsSpan().ContainsAnyExcept(0);

    public void Clear()
    {
        if (!Any)
            return;
        Array.Clear(_counts);
        foreach (var items in _items.Values)
            items.Clear();
    }

    /// <returns>Items in ascending order; null or empty if there is none.</returns>
    public List<int>? Items(WarningKind kind, int feature) => _items.GetValueOrDefault((kind, feature));

    public int Count(WarningKind kind) => _counts[(int)kind];

    /// <summary>Judges a value of a feature that the client has to send.</summary>
    public void JudgeInput(NumericFeature feature, int index, int item, float sent) => Add(ContractCheck.Judge(feature, sent), index, item);

    /// <summary>Judges what a categorical feature was found to be.</summary>
    public void JudgeCategory(int index, int item, int category) => Add(ContractCheck.Judge(category), index, item);

    /// <summary>Judges a value of an aggregate.</summary>
    /// <param name="sent">What the client sent for it, if it did.</param>
    public void JudgeAggregate(NumericFeature feature, int index, int item, EntityOutcome outcome, float value, float sent)
    {
        Add(ContractCheck.Judge(feature, outcome, value), index, item);
        if (outcome == EntityOutcome.Found && !float.IsNaN(sent))
            JudgeComputed(index, item, sent, value);
    }

    /// <summary>Judges a value that the client sent of a feature that is computed here.</summary>
    public void JudgeComputed(int index, int item, float sent, float computed) => Add(ContractCheck.Compare(sent, computed), index, item);

    /// <summary>Values of a feature that the model did without, or that are out of range or unknown.</summary>
    public int Faults(int feature)
    {
        var faults = 0;
        foreach (var kind in (ReadOnlySpan<WarningKind>)[WarningKind.Missing, WarningKind.Type, WarningKind.OutOfRange, WarningKind.UnknownEntity, WarningKind.StoreUnavailable, WarningKind.UnknownCategory])
            faults += Items(kind, feature)?.Count ?? 0;
        return faults;
    }

    public static ContractFault FaultOf(WarningKind kind) => kind switch
    {
        WarningKind.Missing => ContractFault.Missing,
        WarningKind.Type => ContractFault.Type,
        WarningKind.OutOfRange => ContractFault.OutOfRange,
        WarningKind.UnknownEntity => ContractFault.UnknownEntity,
        WarningKind.StoreUnavailable => ContractFault.StoreUnavailable,
        WarningKind.UnknownCategory => ContractFault.UnknownCategory,
        _ => ContractFault.Differs,
    };

    private void Add(ContractFault fault, int feature, int item)
    {
        if (fault == ContractFault.None)
            return;
        var kind = fault switch
        {
            ContractFault.Missing => WarningKind.Missing,
            ContractFault.Type => WarningKind.Type,
            ContractFault.OutOfRange => WarningKind.OutOfRange,
            ContractFault.UnknownEntity => WarningKind.UnknownEntity,
            ContractFault.StoreUnavailable => WarningKind.StoreUnavailable,
            ContractFault.UnknownCategory => WarningKind.UnknownCategory,
            _ => WarningKind.Differs,
        };
        if (!_items.TryGetValue((kind, feature), out var items))
            _items[(kind, feature)] = items = [];
        items.Add(item);
        _counts[(int)kind]++;
    }
}
