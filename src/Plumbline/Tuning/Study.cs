using Plumbline.Tuning.Samplers;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tuning;

/// <summary>
/// A search for the parameters that make a function's values best: asks its sampler for trials, has them run, stores what comes of them, tells the sampler. Trials
/// are told in the order of their numbers, and trial n is asked for knowing exactly those up to n − Window; with the study's seed and the trial's number that
/// decides its parameters. So a study repeats, whatever the threads and however often it was broken off and resumed. Not thread-safe.
/// </summary>
internal sealed partial class Study
{
    /// <summary>So many in turn, and the sampler is taken to know nothing new.</summary>
    private const int MostCopiesInARow = 50;

    /// <summary>A trial lost so often is not run again: it may be what ends its workers.</summary>
    private const int MostLost = 10;

    /// <summary>Between looks at what other workers of a shared study do.</summary>
    private static readonly TimeSpan LookAround = TimeSpan.FromSeconds(0.5);

    private readonly IStudyStorage _storage;
    private readonly TimeProvider _time;
    private readonly long _id;
    private readonly long _lease;
    private readonly ISuggester _suggester;
    private readonly List<Trial> _trials;
    private readonly List<Trial> _told = [];
    private readonly HashSet<int> _toldNumbers = [];
    private readonly Dictionary<TrialParameters, Trial> _answers = [];
    private readonly Front _front;
    private int _copiesInARow;

    private Study(IStudyStorage storage, StudyDefinition definition, long id, IReadOnlyList<Trial> trials, long lease, TimeProvider time)
    {
        (_storage, Definition, _id, _lease, _time) = (storage, definition, id, lease, time);
        _trials = [.. trials];
        _suggester = definition.Sampler.Begin(definition.Space, definition.Directions);
        _front = new Front(definition.Directions);
    }

    public StudyDefinition Definition { get; }

    /// <summary>All known here, by number.</summary>
    public IReadOnlyList<Trial> Trials => _trials;

    /// <summary>The complete trial with the best value of the first objective, of equal ones the first; null while none is complete.</summary>
    public Trial? Best
    {
        get
        {
            var front = new Front([Definition.Directions[0]]);
            foreach (var trial in _trials)
                front.Add(trial);
            return front.Trials.Count > 0 ? front.Trials[0] : null;
        }
    }

    /// <summary>The complete trials that no other one dominates (Pareto), by number; of equal values the first.</summary>
    public IReadOnlyList<Trial> ParetoFront
    {
        get
        {
            var front = new Front(Definition.Directions);
            foreach (var trial in _trials)
                front.Add(trial);
            return front.Trials;
        }
    }

    /// <summary>Begins a study, or goes on with the one of its name.</summary>
    /// <param name="lease">The fencing token under which trials are run.</param>
    /// <exception cref="ArgumentException">The definition cannot be; the message begins with what is wrong.</exception>
    /// <exception cref="TuningException">The storage has another study of this name.</exception>
    public static async Task<Study> OpenAsync(
        IStudyStorage storage, StudyDefinition definition, long lease, TimeProvider time, CancellationToken cancellation = default)
    {
        definition.Validate();
        var id = await storage.OpenStudyAsync(definition, cancellation).ConfigureAwait(false);
        return new Study(storage, definition, id, await storage.LoadTrialsAsync(id, cancellation).ConfigureAwait(false), lease, time);
    }

    /// <summary>Adds a trial to be run before any other is asked for, such as the best of an earlier study; parameters that it misses are suggested, but for parents of what it has.</summary>
    /// <exception cref="ArgumentException">A value is not allowed, or a parameter not active by the values given; the message begins with its parameter's name.</exception>
    public async Task EnqueueAsync(TrialParameters parameters, CancellationToken cancellation = default)
    {
        Definition.Space.Check(parameters);
        while (!await TryAddAsync(new Trial(_trials.Count, TrialState.Waiting, parameters, [], []), cancellation).ConfigureAwait(false))
            await RefreshAsync(cancellation).ConfigureAwait(false);
    }

    /// <summary>As <see cref="EnqueueAsync"/>, each of them, in a study without trials; of several workers one does it.</summary>
    public async Task EnqueueFirstAsync(IReadOnlyList<TrialParameters> parameters, CancellationToken cancellation = default)
    {
        for (var number = 0; number < parameters.Count && (number > 0 || _trials.Count == 0); number++)
        {
            Definition.Space.Check(parameters[number]);
            if (!await TryAddAsync(new Trial(number, TrialState.Waiting, parameters[number], [], []), cancellation).ConfigureAwait(false))
            {
                await RefreshAsync(cancellation).ConfigureAwait(false);
                return;
            }
        }
    }

    private async Task<bool> TryAddAsync(Trial trial, CancellationToken cancellation)
    {
        if (!await _storage.TryCreateTrialAsync(_id, trial, _lease, cancellation).ConfigureAwait(false))
            return false;
        _trials.Add(trial);
        return true;
    }

    private async Task RefreshAsync(CancellationToken cancellation)
    {
        var trials = await _storage.LoadTrialsAsync(_id, cancellation).ConfigureAwait(false);
        _trials.Clear();
        _trials.AddRange(trials);
    }

    private void TellFinished()
    {
        foreach (var trial in _trials)
        {
            if (trial.IsFinished && !_toldNumbers.Contains(trial.Number))
                Tell(trial);
        }
    }

    private void Tell(Trial trial)
    {
        _told.Add(trial);
        _toldNumbers.Add(trial.Number);
        _front.Add(trial);
        _copiesInARow = trial.CopyOf is null ? 0 : _copiesInARow + 1;
        _suggester.Tell(trial.CopyOf is { } first ? trial with { Intermediate = _trials[first].Intermediate } : trial);
        if (trial.State is TrialState.Complete or TrialState.Pruned)
            _answers.TryAdd(trial.Parameters, trial);
    }
}
