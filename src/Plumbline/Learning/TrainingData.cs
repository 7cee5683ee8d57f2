using Plumbline.Datasets;

namespace Plumbline.Learning;

/// <summary>Rows to train on. Splits may be read any number of times, in the same order each time.</summary>
/// <param name="Labels">Label names; records refer to them by index.</param>
/// <param name="Read">Starts a pass over a split.</param>
public sealed record TrainingData(IReadOnlyList<string> Labels, Func<Split, IEnumerable<RecordBatch>> Read)
{
    /// <summary>
    /// For <c>user</c> or <c>item</c> a number for each that there is, −1 for none; for <c>time</c> microseconds, <see cref="long.MinValue"/> for none; one a record, by
    /// <see cref="RecordBatch.Row"/>. Null where no record has any.
    /// </summary>
    public Func<string, long[]>? Keys { get; init; }

    /// <summary>Whether labels have an order that polarity can use: two of them, or all numbers.</summary>
    public bool IsOrdered => Labels.Count == 2 || Labels.All(label =>
        double.TryParse(label, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out _));
}
