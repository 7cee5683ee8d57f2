using Plumbline.Datasets;

namespace Plumbline.Learning;

/// <summary>Rows to train on. Splits may be read any number of times, in the same order each time.</summary>
/// <param name="Labels">Label names; records refer to them by index.</param>
/// <param name="Read">Starts a pass over a split.</param>
public sealed record TrainingData(IReadOnlyList<string> Labels, Func<Split, IEnumerable<RecordBatch>> Read)
{
    /// <summary>Whether labels have an order that polarity can use: two of them, or all numbers.</summary>
    public bool IsOrdered => Labels.Count == 2 || Labels.All(label =>
        double.TryParse(label, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out _));
}
