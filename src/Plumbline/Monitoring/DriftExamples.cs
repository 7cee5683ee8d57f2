using System.Text;
using Plumbline.Inference;
using Plumbline.Inference.Logging;
using Plumbline.Statistics;

namespace Plumbline.Monitoring;

/// <summary>Finds logged predictions that show most what moved. Not thread-safe.</summary>
internal sealed class DriftExamples
{
    private const int MostFeatures = 8;
    private const int Each = 3;
    private const int Bins = 20;
    private const int ShownCharacters = 160;
    private const double LeastShare = 1e-4;

    private readonly Shift[] _shifts;
    private readonly LoggedFeatures _features;

    /// <param name="moved">What moved, the most first.</param>
    public DriftExamples(DriftReference reference, DriftSketch now, IReadOnlyList<FeatureDrift> moved, IPredictor? predictor)
    {
        _features = new LoggedFeatures(now.Schema, predictor);
        _shifts = [.. moved.Where(feature => feature.Severity != DriftSeverity.None).Take(MostFeatures).Select(feature => Shift.Of(feature.Name, reference, now)).OfType<Shift>()];
    }

    public bool IsNeeded => _shifts.Length > 0;

    public void Add(LoggedPrediction prediction)
    {
        var values = _features.Of(prediction);
        foreach (var shift in _shifts)
            shift.Add(prediction, values);
    }

    /// <summary>The most telling first, by distribution; of equals those of the smallest keys, so that it does not matter in which order they come.</summary>
    public IReadOnlyList<DriftExample> Found() => [.. _shifts.SelectMany(shift => shift.Best.Select(best => best.Example))];

    /// <summary>A distribution that moved, and the predictions that show it best so far.</summary>
    private sealed class Shift(string name, Func<LoggedValues, (string Value, double Ratio)?> locate)
    {
        public List<(DriftExample Example, ulong Key)> Best { get; } = [];

        public void Add(LoggedPrediction prediction, LoggedValues values)
        {
            if (locate(values) is not { Ratio: > 1 } found)
                return;
            var key = LoggedSample.KeyOf(prediction.Id);
            var at = Best.Count;
            while (at > 0 && (found.Ratio > Best[at - 1].Example.Ratio || (found.Ratio == Best[at - 1].Example.Ratio && key < Best[at - 1].Key)))
                at--;
            if (at == Each)
                return;
            Best.Insert(at, (new DriftExample(name, prediction.Id, prediction.Time, found.Value, found.Ratio, Beginning(prediction.Text)), key));
            if (Best.Count > Each)
                Best.RemoveAt(Each);
        }

        /// <returns>Null for what the log does not have.</returns>
        public static Shift? Of(string name, DriftReference reference, DriftSketch now)
        {
            var (before, isCoarse) = (reference.Sketch, reference.IsCoarse);
            if (DriftComparison.IndexOf(now.Schema.Numeric, name) is >= 0 and var numeric && DriftComparison.IndexOf(before.Schema.Numeric, name) is >= 0 and var was)
                return OfNumbers(name, before.Numeric[was], now.Numeric[numeric], isCoarse, values => values.Numeric[numeric]);
            if (DriftComparison.IndexOf([.. now.Schema.Categorical.Select(feature => feature.Name)], name) is >= 0 and var categorical)
                return OfCells(name, before.Categorical, now.Categorical, categorical, values => values.Categories[categorical], cell => cell < now.Schema.Categorical[categorical].Categories.Count ? now.Schema.Categorical[categorical].Categories[cell] : "");
            return name switch
            {
                DriftComparison.Length => OfNumbers(name, before.Length, now.Length, isCoarse, values => values.Length),
                DriftComparison.UnknownWords => OfNumbers(name, before.Unknown, now.Unknown, isCoarse, values => values.Unknown),
                DriftComparison.Confidence => OfNumbers(name, before.Uncertainty, now.Uncertainty, isCoarse, values => values.Uncertainty),
                DriftComparison.Scripts => OfCells(name, [before.Scripts], [now.Scripts], 0, values => values.Script, cell => Text.Script.Names[cell]),
                DriftComparison.Labels => OfCells(name, [before.Predicted], [now.Predicted], 0, values => values.Label, cell => now.Schema.Labels[cell]),
                _ => null,
            };
        }

        private static Shift OfCells(string name, long[][] before, long[][] now, int at, Func<LoggedValues, int> cellOf, Func<int, string> nameOf)
        {
            if (at >= before.Length || before[at].Length != now[at].Length)
                return new Shift(name, _ => null);
            var ratios = Ratios(before[at], now[at]);
            return new Shift(name, values => cellOf(values) is >= 0 and var cell && cell < ratios.Length ? (nameOf(cell), ratios[cell]) : null);
        }

        private static Shift OfNumbers(string name, QuantileSketch before, QuantileSketch now, bool isCoarse, Func<LoggedValues, float?> valueOf)
        {
            // Bins of the values of now: where these are new, none of before has them apart.
            var (second, first, cuts) = TwoSamples.Of(now, before).Bins(Bins, isCoarse);
            var ratios = Ratios([.. first, before.Missing], [.. second, now.Missing]);
            return new Shift(name, values => valueOf(values) switch
            {
                null => null,
                float.NaN => ("missing", ratios[^1]),
                { } value => (Reporting.Quantity.Short(value), ratios[BinOf(cuts, value)]),
            });
        }

        private static int BinOf(double[] cuts, double value)
        {
            var bin = Array.BinarySearch(cuts, value);
            return bin < 0 ? ~bin : bin;
        }

        private static double[] Ratios(long[] before, long[] now) =>
            [.. before.Zip(now, (had, has) => Math.Max(LeastShare, FeatureDrift.Share(has, now.Sum())) / Math.Max(LeastShare, FeatureDrift.Share(had, before.Sum())))];

        private static string? Beginning(string? text)
        {
            if (text is null)
                return null;
            var shown = new StringBuilder();
            foreach (var rune in text.EnumerateRunes().Take(ShownCharacters))
                shown.Append(rune);
            return shown.Length < text.Length ? shown.Append('…').ToString() : text;
        }
    }
}
