using System.CommandLine;
using Plumbline.Learning;
using Plumbline.Learning.Contests;
using Plumbline.Learning.Resampling;
using Plumbline.Projects;

namespace Plumbline.Cli;

/// <summary>Options of a training; those given win over the project's.</summary>
internal sealed class TrainingFlags
{
    private readonly Option<string[]?> _families = new("--families")
    {
        Description = $"Families that compete: {string.Join(", ", TrainingOptions.KnownFamilies)}; or all",
        HelpName = "NAMES",
        CustomParser = Lists.Parse,
    };

    private readonly Option<int?> _trials = new("--trials") { Description = "Tune every family with so many trials (30)", HelpName = "N" };
    private readonly Option<TimeSpan?> _timeout = new("--timeout") { Description = "Begin no trial after this long, such as 90s, 10m or 2h", HelpName = "TIME", CustomParser = Durations.Parse };
    private readonly Option<int?> _withoutImprovement = new("--without-improvement") { Description = "End a family's study after N trials without a better one", HelpName = "N" };
    private readonly Option<SamplerKind?> _sampler = new("--sampler") { Description = "tpe, random, grid, cma-es or nsga2 (tpe; nsga2 with several objectives)", HelpName = "HOW", CustomParser = Names.Parse<SamplerKind> };
    private readonly Option<int?> _gridPoints = new("--grid-points") { Description = "Of each number on a grid, N values (3)", HelpName = "N" };
    private readonly Option<PrunerKind?> _pruner = new("--pruner")
    {
        Description = "median, percentile, successive-halving, hyperband, patient or none (median)",
        HelpName = "HOW",
        CustomParser = Names.Parse<PrunerKind>,
    };

    private readonly Option<double?> _percentile = new("--percentile") { Description = "Of that pruner: per cent of the trials that go on (25)", HelpName = "X" };
    private readonly Option<ContestObjective[]?> _objectives = new("--objectives")
    {
        Description = "macro-f1, latency, size: what trials are judged by (macro-f1)",
        HelpName = "NAMES",
        CustomParser = Names.ParseList<ContestObjective>,
    };

    private readonly Option<double?> _maxLatency = new("--max-latency-us") { Description = "Choose nothing that needs more microseconds a prediction", HelpName = "X" };
    private readonly Option<double?> _maxSize = new("--max-size-mb") { Description = "Choose nothing whose parameters are more megabytes", HelpName = "X" };
    private readonly Option<int?> _folds = new("--folds") { Description = "Judge trials by N folds of train and valid, not on valid", HelpName = "N" };
    private readonly Option<FoldBy?> _foldBy = new("--fold-by") { Description = "stratified, user, item or time (as the splits)", HelpName = "HOW", CustomParser = Names.Parse<FoldBy> };
    private readonly Option<bool> _noEnsemble = new("--no-ensemble") { Description = "The best of each family do not also vote together, nor are stacked" };
    private readonly Option<double?> _standardErrors = new("--standard-errors") { Description = "The simplest within X standard errors of the best wins; 0: the best (1)", HelpName = "X" };
    private readonly Option<bool> _warmStart = new("--warm-start") { Description = "Begin with the best trials of the experiment's earlier studies" };
    private readonly Option<bool> _svd = new("--svd") { Description = "Logistic regression and SVMs may take components of their n-grams, too (truncated SVD)" };
    private readonly Option<bool> _shared = new("--shared") { Description = "Let other processes help with studies work; no longer repeats exactly" };
    private readonly Option<int?> _memory = new("--memory-mb") { Description = "Megabytes that fits may take at a time (half of the machine's)", HelpName = "N" };
    private readonly Option<ulong?> _seed = new("--seed") { Description = "Same data, options and seed: same bundle (42)", HelpName = "N" };
    private readonly Option<(int Low, int High)?> _word = Range("--word-ngrams", "Words in a row that are one feature (1-2)");
    private readonly Option<(int Low, int High)?> _characters = Range("--char-ngrams", "Characters in a row inside words (none)");
    private readonly Option<int?> _maxFeatures = new("--max-features") { Description = "Most n-grams kept (200000)", HelpName = "N" };
    private readonly Option<int?> _minDf = new("--min-df") { Description = "N-grams in fewer texts are left out (2)", HelpName = "N" };
    private readonly Option<int?> _hashBits = new("--hash-bits") { Description = "Hash n-grams to 2^N features instead of looking them up", HelpName = "N" };

    private readonly Option<TokenKind[]?> _tokens = new("--token-options")
    {
        Description = "urls, numbers, repeated-letters, contractions, negation-scope (no ONNX then)",
        HelpName = "NAMES",
        CustomParser = Names.ParseList<TokenKind>,
    };

    private readonly Option<CalibrationMethod?> _calibration = new("--calibration")
    {
        Description = "temperature, isotonic or none (temperature)",
        HelpName = "HOW",
        CustomParser = Names.Parse<CalibrationMethod>,
    };

    private readonly Option<double?> _l1Ratio = new("--l1-ratio") { Description = "Share of the penalty that is L1, 0 to 0.99 (0)", HelpName = "X" };
    private readonly Option<int?> _earlyStopping = new("--early-stopping") { Description = "Stop when valid has not improved for N epochs", HelpName = "N" };
    private readonly Option<bool> _learningCurve = new("--learning-curve") { Description = "Show in the report whether more data would help; a contest does" };
    private readonly Option<bool> _noRefit = new("--no-refit") { Description = "Keep the model fitted on train alone" };
    private readonly Option<int?> _threads = new("--threads") { Description = "Threads; no result depends on it (all cores)", HelpName = "N" };

    private Option[] OfContests =>
    [
        _trials, _timeout, _withoutImprovement, _sampler, _gridPoints, _pruner, _percentile, _objectives, _maxLatency, _maxSize, _folds, _foldBy, _noEnsemble, _standardErrors, _warmStart, _svd, _shared, _memory,
    ];

    public void AddTo(Command command, bool all = true)
    {
        Option[] options = all
            ? [_families, .. OfContests, _word, _characters, _maxFeatures, _minDf, _hashBits, _tokens, _calibration, _l1Ratio, _earlyStopping, _learningCurve, _noRefit, _seed, _threads]
            : [_families, _trials, _timeout, _seed];
        foreach (var option in options)
            command.Options.Add(option);
    }

    public ulong? Seed(ParseResult parse) => parse.GetValue(_seed);

    /// <exception cref="CliException">An option is out of its range.</exception>
    public TrainingOptions Apply(ParseResult parse, TrainingOptions training)
    {
        var features = training.Features;
        var word = parse.GetValue(_word) ?? (features.Ngrams.WordMin, features.Ngrams.WordMax);
        var characters = parse.GetValue(_characters) ?? (features.Ngrams.CharacterMin, features.Ngrams.CharacterMax);
        var options = training with
        {
            Features = features with
            {
                Tokens = Lists.Given(parse, _tokens)?.ToOptions() ?? features.Tokens,
                Ngrams = new(word.Item1, word.Item2, characters.Item1, characters.Item2, features.Ngrams.Adapt && parse.GetValue(_word) is null && parse.GetValue(_characters) is null),
                MaxFeatures = parse.GetValue(_maxFeatures) ?? features.MaxFeatures,
                MinDf = parse.GetValue(_minDf) ?? features.MinDf,
                HashBits = parse.GetValue(_hashBits) ?? features.HashBits,
            },
            Seed = parse.GetValue(_seed) ?? training.Seed,
            Calibration = parse.GetValue(_calibration) ?? training.Calibration,
            L1Ratio = parse.GetValue(_l1Ratio) ?? training.L1Ratio,
            EarlyStopping = parse.GetValue(_earlyStopping) ?? training.EarlyStopping,
            Refit = training.Refit && !parse.GetValue(_noRefit),
            LearningCurve = training.LearningCurve || parse.GetValue(_learningCurve),
            Threads = parse.GetValue(_threads) ?? training.Threads,
        };
        options = options with { Contest = Contest(parse, training.Contest) };
        if (Lists.Given(parse, _families) is { } families)
            options = options with { Families = families };
        options = options.Competing();
        if (options.Threads < 1)
            throw CliException.Usage($"--threads: {options.Threads} is below 1.");
        try
        {
            options.Validate();
        }
        catch (ArgumentException exception)
        {
            throw CliException.Usage(exception.Message);
        }
        return options;
    }

    /// <summary>One is held if trials or anything else of it is asked for.</summary>
    private ContestOptions? Contest(ParseResult parse, ContestOptions? contest)
    {
        if (!OfContests.Any(option => parse.GetResult(option) is { Implicit: false }))
            return contest;
        contest ??= new ContestOptions();
        return contest with
        {
            Trials = parse.GetValue(_trials) ?? contest.Trials,
            Timeout = parse.GetValue(_timeout) ?? contest.Timeout,
            WithoutImprovement = parse.GetValue(_withoutImprovement) ?? contest.WithoutImprovement,
            Sampler = parse.GetValue(_sampler) ?? contest.Sampler,
            GridPoints = parse.GetValue(_gridPoints) ?? contest.GridPoints,
            Pruner = parse.GetValue(_pruner) ?? contest.Pruner,
            Percentile = parse.GetValue(_percentile) ?? contest.Percentile,
            Objectives = Lists.Given(parse, _objectives) ?? contest.Objectives,
            MaxLatencyUs = parse.GetValue(_maxLatency) ?? contest.MaxLatencyUs,
            MaxSizeMb = parse.GetValue(_maxSize) ?? contest.MaxSizeMb,
            Folds = parse.GetValue(_folds) ?? contest.Folds,
            FoldBy = parse.GetValue(_foldBy) ?? contest.FoldBy,
            Ensemble = contest.Ensemble && !parse.GetValue(_noEnsemble),
            StandardErrors = parse.GetValue(_standardErrors) ?? contest.StandardErrors,
            WarmStart = contest.WarmStart || parse.GetValue(_warmStart),
            Svd = contest.Svd || parse.GetValue(_svd),
            Shared = contest.Shared || parse.GetValue(_shared),
            MemoryMb = parse.GetValue(_memory) ?? contest.MemoryMb,
        };
    }

    private static Option<(int Low, int High)?> Range(string name, string description) =>
        new(name) { Description = description, HelpName = "A-B", CustomParser = Lists.ParseRange };
}
