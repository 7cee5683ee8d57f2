namespace Plumbline.Server.Predictions;

/// <summary>What the answer stands on less than the contract promises; <c>docs/specs/http.md</c> has the words.</summary>
internal enum WarningKind
{
    Missing,
    Type,
    OutOfRange,
    Differs,
}

/// <summary>The warnings of one request: kind → feature → items. Reused; not thread-safe.</summary>
internal sealed class ContractWarnings
{
    private const double Sigmas = 3;
    private const double Tolerance = 1e-4;
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
    public void JudgeInput(ServedFeature feature, int index, int item, float sent)
    {
        if (float.IsNaN(sent))
            Add(WarningKind.Missing, index, item);
        else if (float.IsInfinity(sent))
            Add(WarningKind.Type, index, item);
        else if (Math.Abs(sent - feature.Contract.Mean) > Sigmas * feature.Contract.StandardDeviation)
            Add(WarningKind.OutOfRange, index, item);
    }

    /// <summary>Judges a value that the client sent of a feature that is computed from the text.</summary>
    public void JudgeComputed(int index, int item, float sent, float computed)
    {
        if (float.IsInfinity(sent))
            Add(WarningKind.Type, index, item);
        else if (Math.Abs(sent - computed) > Tolerance * Math.Max(1, Math.Abs(computed)))
            Add(WarningKind.Differs, index, item);
    }

    private void Add(WarningKind kind, int feature, int item)
    {
        if (!_items.TryGetValue((kind, feature), out var items))
            _items[(kind, feature)] = items = [];
        items.Add(item);
        _counts[(int)kind]++;
    }
}
