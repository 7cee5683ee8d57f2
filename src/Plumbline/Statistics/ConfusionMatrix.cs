namespace Plumbline.Statistics;

/// <summary>How many rows of each true label were predicted to be each label. Immutable; safe to read from several threads.</summary>
internal sealed class ConfusionMatrix
{
    private readonly int[] _cells;

    /// <param name="truth">Index of each row's true label, in [0, <paramref name="classes"/>).</param>
    /// <param name="predicted">Index of each row's predicted label, as many as <paramref name="truth"/>.</param>
    /// <exception cref="ArgumentException">The spans differ in length, or a label is out of range; the message names the row.</exception>
    public ConfusionMatrix(ReadOnlySpan<int> truth, ReadOnlySpan<int> predicted, int classes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        if (truth.Length != predicted.Length)
            throw new ArgumentException($"{truth.Length} true labels but {predicted.Length} predicted ones: give one of each a row.");
        Classes = classes;
        _cells = new int[classes * classes];
        for (var row = 0; row < truth.Length; row++)
        {
            if ((uint)truth[row] >= (uint)classes || (uint)predicted[row] >= (uint)classes)
            {
                throw new ArgumentException(
                    $"Row {row}: true label {truth[row]} and predicted label {predicted[row]} must be within 0..{classes - 1}.");
            }
            _cells[(truth[row] * classes) + predicted[row]]++;
        }
        Counts = new LabelCounts(classes);
        foreach (var (t, p, rows) in NonEmptyCells())
            Counts.Add(t, p, rows);
    }

    /// <param name="cells">Row-major: <paramref name="classes"/> predicted labels for each true one, none below 0.</param>
    public ConfusionMatrix(ReadOnlySpan<long> cells, int classes)
    {
        Classes = classes;
        _cells = new int[classes * classes];
        for (var cell = 0; cell < _cells.Length; cell++)
            _cells[cell] = checked((int)cells[cell]);
        Counts = new LabelCounts(classes);
        foreach (var (truth, predicted, rows) in NonEmptyCells())
            Counts.Add(truth, predicted, rows);
    }

    public int Classes { get; }

    public LabelCounts Counts { get; }

    public int this[int truth, int predicted] => _cells[(truth * Classes) + predicted];

    /// <summary>The cells with at least one row, row by row.</summary>
    public IEnumerable<(int Truth, int Predicted, int Rows)> NonEmptyCells()
    {
        for (var cell = 0; cell < _cells.Length; cell++)
        {
            if (_cells[cell] > 0)
                yield return (cell / Classes, cell % Classes, _cells[cell]);
        }
    }

    /// <summary>One array a true label, one count a predicted label.</summary>
    public int[][] ToArrays() => [.. _cells.Chunk(Classes)];
}
