using System.Text;
using Plumbline.Statistics;

namespace Plumbline.Datasets.Drift;

/// <summary>Which classes grow rare and which common, and which label takes the place of which. Immutable.</summary>
internal sealed class ClassDrift
{
    private readonly Utf8Index _labels;
    private readonly ulong _seed;
    private readonly bool[] _shrinks;
    private readonly int[] _successor;
    private readonly byte[][] _successorUtf8;

    // Records of the classes that shrink for one of those that grow.
    private readonly double _growth;

    public ClassDrift(DriftSurvey survey, ulong seed)
    {
        (_labels, _seed) = (survey.Labels, seed);
        // In an order that does not depend on which label stands first in the source.
        var order = Enumerable.Range(0, survey.Labels.Values.Count).Where(label => survey.Labels.Values[label].Length > 0)
            .OrderBy(label => survey.Labels.Values[label], StringComparer.Ordinal).ToArray();
        new RandomSource(seed).Shuffle(order.AsSpan());
        _shrinks = new bool[survey.Counts.Count];
        _successor = [.. Enumerable.Range(0, survey.Counts.Count)];
        foreach (var label in order[..((order.Length + 1) / 2)])
            _shrinks[label] = true;
        for (var i = 0; i < order.Length; i++)
            _successor[order[i]] = order[(i + 1) % order.Length];
        _successorUtf8 = [.. _successor.Select(label => Encoding.UTF8.GetBytes(survey.Labels.Values[label]))];
        Classes = order.Length;
        double Sum(bool shrinks) => order.Where(label => _shrinks[label] == shrinks).Sum(label => survey.Counts[label]);
        _growth = Sum(false) > 0 ? Sum(true) / Sum(false) : 0;
    }

    public int Classes { get; }

    public IReadOnlyList<string> Shrinking => [.. _labels.Values.Where((_, label) => _shrinks[label])];

    /// <summary>What each label becomes where its meaning drifts.</summary>
    public IReadOnlyDictionary<string, string> Successors => _labels.Values.Select((label, number) => (label, number)).Where(pair => _successor[pair.number] != pair.number)
        .ToDictionary(pair => pair.label, pair => _labels.Values[_successor[pair.number]]);

    /// <summary>
    /// How often a record stands in the output: of a shrinking class not at all with a probability of the strength, of a growing one so many times that the number
    /// of records stays what it is, in expectation.
    /// </summary>
    public int Copies(ReadOnlySpan<byte> label, double strength, ulong record)
    {
        var number = _labels.Find(label);
        if (number < 0 || label.IsEmpty || strength == 0)
            return 1;
        var u = DriftKeys.Uniform(DriftInjectionKind.ClassPrior, _seed, record);
        return _shrinks[number] ? (u < strength ? 0 : 1) : 1 + (int)Math.Floor((strength * _growth) + u);
    }

    /// <summary>The label that takes the place of this one.</summary>
    public ReadOnlySpan<byte> Successor(ReadOnlySpan<byte> label) => _labels.Find(label) is >= 0 and var number ? _successorUtf8[number] : label;
}
