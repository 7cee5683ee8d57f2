namespace Plumbline.Statistics;

/// <summary>
/// For every label how many rows are it, how many were predicted it, and how many of those agree: all that accuracy,
/// precision, recall and F1 need. Conventions are scikit-learn's: a ratio without a denominator is 0, and a macro
/// average is over the labels that occur in truth or prediction. Not thread-safe.
/// </summary>
internal sealed class LabelCounts(int classes)
{
    private readonly int[] _hits = new int[classes];
    private readonly int[] _support = new int[classes];
    private readonly int[] _predicted = new int[classes];

    public int Classes => classes;

    public int Rows { get; private set; }

    /// <summary>Rows whose true label is <paramref name="label"/>.</summary>
    public int Support(int label) => _support[label];

    /// <summary>Rows predicted to be <paramref name="label"/>.</summary>
    public int Predicted(int label) => _predicted[label];

    public double Precision(int label) => Ratio(_hits[label], _predicted[label]);

    public double Recall(int label) => Ratio(_hits[label], _support[label]);

    /// <summary>2 · hits / (support + predicted), which is the harmonic mean of precision and recall.</summary>
    public double F1(int label) => Ratio(2L * _hits[label], (long)_support[label] + _predicted[label]);

    public double Accuracy
    {
        get
        {
            var hits = 0L;
            foreach (var count in _hits)
                hits += count;
            return Ratio(hits, Rows);
        }
    }

    public double MacroPrecision => Macro(Precision);

    public double MacroRecall => Macro(Recall);

    public double MacroF1 => Macro(F1);

    public double WeightedPrecision => Weighted(Precision);

    public double WeightedRecall => Weighted(Recall);

    public double WeightedF1 => Weighted(F1);

    public void Add(int truth, int predicted, int rows)
    {
        Rows += rows;
        _support[truth] += rows;
        _predicted[predicted] += rows;
        if (truth == predicted)
            _hits[truth] += rows;
    }

    public void Clear()
    {
        Rows = 0;
        Array.Clear(_hits);
        Array.Clear(_support);
        Array.Clear(_predicted);
    }

    private double Macro(Func<int, double> score)
    {
        var (sum, occurring) = (0.0, 0);
        for (var label = 0; label < classes; label++)
        {
            if (_support[label] + (long)_predicted[label] == 0)
                continue;
            sum += score(label);
            occurring++;
        }
        return occurring == 0 ? 0 : sum / occurring;
    }

    private double Weighted(Func<int, double> score)
    {
        var sum = 0.0;
        for (var label = 0; label < classes; label++)
            sum += _support[label] * score(label);
        return Rows == 0 ? 0 : sum / Rows;
    }

    private static double Ratio(long part, long whole) => whole == 0 ? 0 : (double)part / whole;
}
