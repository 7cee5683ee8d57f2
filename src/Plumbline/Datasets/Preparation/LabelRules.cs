using System.Text;

namespace Plumbline.Datasets.Preparation;

/// <summary>Numbers labels as they come, after folding, mapping and dropping. Not thread-safe.</summary>
internal sealed class LabelRules(LabelOptions options)
{
    public const int Dropped = -1;

    private readonly Utf8Index _raw = new();
    private readonly List<int> _labelOfRaw = [];
    private readonly Utf8Index _labels = new();
    private readonly Dictionary<string, string> _folded = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Labels in order of appearance.</summary>
    public IReadOnlyList<string> Labels => _labels.Values;

    /// <summary>Groups of labels that differ only by case and runs of white space, none where they are folded.</summary>
    public IEnumerable<IReadOnlyList<string>> Lookalikes => Labels.GroupBy(Fold, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1).Select(group => group.ToArray());

    /// <param name="value">Trimmed, not empty.</param>
    /// <returns>Index in <see cref="Labels"/>, or <see cref="Dropped"/>.</returns>
    public int NumberOf(ReadOnlySpan<byte> value)
    {
        var raw = _raw.Add(value);
        if (raw == _labelOfRaw.Count)
            _labelOfRaw.Add(Apply(_raw.Values[raw]));
        return _labelOfRaw[raw];
    }

    private int Apply(string label)
    {
        if (options.Fold)
        {
            var folded = Fold(label);
            if (!_folded.TryGetValue(folded, out var first))
                _folded[folded] = first = folded;
            label = first;
        }
        label = options.Map.TryGetValue(label, out var mapped) ? mapped : label;
        return options.Drop.Contains(label) ? Dropped : _labels.Add(Encoding.UTF8.GetBytes(label));
    }

    private static string Fold(string label) => string.Join(' ', label.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
