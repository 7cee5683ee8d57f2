using Plumbline.Features;
using Plumbline.Learning.Families;

namespace Plumbline.Learning;

/// <summary>
/// The search of seconds: linear candidates fitted on train and compared on valid. A path of candidates that differ in C alone warm-starts each from the one before;
/// paths run beside each other, each sequential, so that results do not depend on threads.
/// </summary>
internal sealed class LinearSearch(FeatureMatrix train, FeatureMatrix valid, int ngrams, TrainingOptions options, IProgress<TrainingProgress>? progress)
{
    /// <summary>Candidates are told apart well before they have converged; the final fit goes on to the solver's own tolerance.</summary>
    private const double Tolerance = 0.03;

    private static readonly double[] FirstCs = [1, 4, 16];
    private static readonly bool[] NbChoices = [false, true];

    private readonly int[] _trainLabels = train.Labels();
    private readonly int[] _validLabels = valid.Labels();
    private readonly List<Contestant> _fitted = [];
    private float[]? _nbPenalties;
    private int _finished;
    private int _planned;

    /// <summary>Every candidate fitted, in the order of the search.</summary>
    public IReadOnlyList<Contestant> All => _fitted;

    /// <summary>Coarse grid first, then C to both sides of the best and class weights at it.</summary>
    public Contestant Run(CancellationToken cancellation)
    {
        _nbPenalties = NbColumnPenalties.Of(train, ngrams);
        _planned = (options.Families.Count * 2 * FirstCs.Length) + 2 + (IsUneven ? 2 * (options.Weightings.Count - 1) : 0);
        RunPaths([.. from family in options.Families from nb in NbChoices select Path(family, nb, ClassWeighting.Natural, FirstCs)], cancellation);
        var best = Setting.Of(Best().Result.Candidate);
        List<Setting[]> paths =
        [
            Path(best.Family, best.NbWeighting, ClassWeighting.Natural, [best.C / 2]),
            Path(best.Family, best.NbWeighting, ClassWeighting.Natural, [best.C * 2]),
        ];
        if (IsUneven)
        {
            paths.AddRange(options.Weightings.Where(weighting => weighting != ClassWeighting.Natural)
                .Select(weighting => Path(best.Family, best.NbWeighting, weighting, [best.C / 4, best.C])));
        }
        RunPaths(paths, cancellation);
        return Best();
    }

    private bool IsUneven
    {
        get
        {
            var counts = ClassWeights.Counts(_trainLabels, train.Classes);
            return options.Weightings.Count > 1 && counts.Max() > 1.5 * Math.Max(1, counts.Min());
        }
    }

    private static Setting[] Path(string family, bool nb, ClassWeighting weighting, double[] costs) =>
        [.. costs.Select(c => new Setting(family, nb, weighting, c))];

    /// <summary>
    /// Of the candidates whose macro-F1 is within one standard error of the highest, the one with the least log-loss: differences of F1 inside
    /// the noise are decided by the smoother measure.
    /// </summary>
    private Contestant Best()
    {
        var top = _fitted.MaxBy(fitted => fitted.Result.MacroF1)!;
        var f1 = top.Result.MacroF1;
        var error = Math.Sqrt(f1 * (1 - f1) / Math.Max(1, _validLabels.Length));
        return _fitted.Where(fitted => fitted.Result.MacroF1 >= f1 - error).MinBy(fitted => fitted.Result.LogLoss)!;
    }

    private void RunPaths(List<Setting[]> paths, CancellationToken cancellation)
    {
        var results = new List<Contestant>[paths.Count];
        Parallel.For(0, paths.Count, new ParallelOptions { MaxDegreeOfParallelism = options.Threads, CancellationToken = cancellation }, path =>
            results[path] = RunPath(paths[path], cancellation));
        foreach (var result in results)
            _fitted.AddRange(result);
        // Of millions of rows, the scores of a dozen candidates take more memory than they are worth. One that is no better than the best in
        // either respect stays behind it, whatever comes.
        var best = Best().Result;
        for (var i = 0; i < _fitted.Count; i++)
            if (_fitted[i].Result.MacroF1 <= best.MacroF1 && _fitted[i].Result.LogLoss > best.LogLoss)
                _fitted[i] = _fitted[i] with { ValidScores = [] };
    }

    private List<Contestant> RunPath(Setting[] path, CancellationToken cancellation)
    {
        var results = new List<Contestant>();
        var penalties = path[0].NbWeighting ? _nbPenalties : null;
        using var warm = Solver(train, path[0].Family, options.Seed);
        foreach (var candidate in path)
        {
            // Epochs to the best model only mean something counted from the start.
            using var cold = options.EarlyStopping is null ? null : Solver(train, candidate.Family, options.Seed);
            var solver = cold ?? warm;
            var settings = Settings(candidate, penalties, _trainLabels, train.Classes, options) with { Tolerance = Tolerance };
            var stopping = options.EarlyStopping is { } patience ? new EarlyStopping(patience) : null;
            var epochs = 0;
            solver.Fit(settings, AfterEpoch, cancellation);
            var model = stopping?.Best ?? solver.Model(settings);
            results.Add(Judge(candidate, model, stopping?.BestEpoch ?? epochs));
            progress?.Report(new TrainingProgress("compare", Interlocked.Increment(ref _finished), _planned, Describe(results[^1].Result)));

            bool AfterEpoch(int epoch, double violation)
            {
                epochs = epoch;
                if (stopping is null)
                    return true;
                var current = solver.Model(settings);
                return stopping.Continue(current, epoch, Judge(candidate, current, epoch).Result.LogLoss);
            }
        }
        return results;
    }

    private Contestant Judge(Setting setting, LinearModel model, int epochs) => Contestant.Judge(
        setting.Candidate(options.L1Ratio), LinearScores.Of(model, valid, threads: 1), _validLabels, valid.Classes, setting.LosesPrior, epochs);

    private static string Describe(CandidateResult result) => FormattableString.Invariant($"{result.Candidate}: macro-F1 {result.MacroF1:f4}");

    private static DualSolverOptions Settings(Setting candidate, float[]? penalties, int[] labels, int classes, TrainingOptions options) =>
        new(candidate.C, options.L1Ratio, ClassWeights.Of(candidate.ClassWeighting, labels, classes), penalties);

    private static IDualSolver Solver(FeatureMatrix matrix, string family, ulong seed) => (family, matrix.Classes) switch
    {
        (LinearFamily.Svm, 2) => new DualSolver<SquaredHingeLoss>(matrix, 1, seed),
        (LinearFamily.Svm, _) => new DualSolver<SquaredHingeLoss>(matrix, matrix.Classes, seed),
        (_, 2) => new DualSolver<BinaryLogisticLoss>(matrix, 1, seed),
        _ => new DualSolver<MultinomialLogisticLoss>(matrix, matrix.Classes, seed),
    };

    private sealed record Setting(string Family, bool NbWeighting, ClassWeighting ClassWeighting, double C)
    {
        public bool LosesPrior => LinearFit.LosesPrior(Family, ClassWeighting);

        public static Setting Of(Candidate candidate) => new(
            candidate.Family, LinearFit.NbWeightingOf(candidate.Parameters), LinearFit.ClassWeightingOf(candidate.Parameters), candidate.Parameters[LinearFit.C].AsDouble());

        public Candidate Candidate(double l1Ratio) => new(Family, LinearFit.Parameters(C, NbWeighting, ClassWeighting, l1Ratio));
    }

    /// <summary>Remembers the model with the least log-loss and says when it has not fallen for some epochs.</summary>
    private sealed class EarlyStopping(int patience)
    {
        private double _least = double.PositiveInfinity;
        private int _waited;

        public LinearModel? Best { get; private set; }

        public int BestEpoch { get; private set; }

        public bool Continue(LinearModel model, int epoch, double logLoss)
        {
            if (logLoss < _least)
                (_least, Best, BestEpoch, _waited) = (logLoss, model, epoch, 0);
            else
                _waited++;
            return _waited < patience;
        }
    }
}
