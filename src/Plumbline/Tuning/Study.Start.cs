using Plumbline.Statistics;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tuning;

internal sealed partial class Study
{
    /// <summary>The trial of this number, begun now unless it is finished already.</summary>
    /// <returns>Null if the sampler has no more.</returns>
    private async Task<Trial?> StartAsync(int number, IProgress<Trial>? progress)
    {
        if (number < _trials.Count && _trials[number].IsFinished)
            return _trials[number];
        if (ParametersOf(number, _trials.Take(number).Skip(_told.Count)) is not { } parameters)
            return null;
        var trial = Begun(number, parameters);
        var isMine = number < _trials.Count
            ? await _storage.TryClaimTrialAsync(_id, number, parameters, trial.Started!.Value, _lease).ConfigureAwait(false)
            : await TryAddAsync(trial, default).ConfigureAwait(false);
        return _trials[number] = isMine
            ? await AnsweredAsync(trial, progress).ConfigureAwait(false)
            : throw new TuningException($"Trial {number} of study '{Definition.Name}' is run by another worker: wait until it has ended, or let this one share the study.");
    }

    /// <summary>A trial that waits, or whose worker's lease is over; null if there is none.</summary>
    private async Task<Trial?> ReclaimAsync(StudyBudget budget, IProgress<Trial>? progress)
    {
        foreach (var left in _trials.Where(trial => IsLeft(trial, budget)).ToArray())
        {
            var trial = Begun(left.Number, ParametersOf(left.Number, Unfinished(left.Number))!);
            if (await _storage.TryClaimTrialAsync(_id, left.Number, trial.Parameters, trial.Started!.Value, _lease).ConfigureAwait(false))
                return await AnsweredAsync(trial, progress).ConfigureAwait(false);
        }
        return null;
    }

    /// <summary>Whether it is of the budget and not finished.</summary>
    private bool IsLeft(Trial trial, StudyBudget budget) => !trial.IsFinished && Evaluated(trial.Number) < (budget.Trials ?? int.MaxValue);

    /// <summary>Begins a new trial, unless another worker took its number: then nothing happens, and the caller looks again.</summary>
    private async Task<StudyEnd?> AddAsync(Evaluation evaluation, List<Task<Trial>> running, IProgress<Trial>? progress)
    {
        var number = _trials.Count;
        if (ParametersOf(number, Unfinished(number)) is not { } parameters)
            return StudyEnd.SpaceExhausted;
        var trial = Begun(number, parameters);
        if (await TryAddAsync(trial, default).ConfigureAwait(false))
            running.Add(evaluation.Begin(await AnsweredAsync(trial, progress).ConfigureAwait(false)));
        return null;
    }

    private IEnumerable<Trial> Unfinished(int but) => _trials.Where(trial => !trial.IsFinished && trial.Number != but);

    private Trial Begun(int number, TrialParameters parameters) => new(number, TrialState.Running, parameters, [], [], Started: _time.GetUtcNow())
    {
        Lost = number < _trials.Count ? _trials[number].LostWhenTaken : null,
    };

    /// <summary>What the trial has or was given, the rest suggested; null for a new one if the sampler has no more.</summary>
    private TrialParameters? ParametersOf(int number, IEnumerable<Trial> running)
    {
        var random = RandomSource.Fork(Definition.Seed, (ulong)number);
        if (number < _trials.Count && _trials[number].State == TrialState.Running)
            return _trials[number].Parameters;
        var suggested = _suggester.Ask(number, [.. running.Select(trial => trial.Parameters)], random);
        return number < _trials.Count ? Definition.Space.Complete(_trials[number].Parameters, suggested ?? TrialParameters.Empty, random) : suggested;
    }

    /// <summary>The trial ended as the one told with the same parameters did, if there is one; failed, if it seems to end the processes that run it.</summary>
    private async Task<Trial> AnsweredAsync(Trial trial, IProgress<Trial>? progress)
    {
        Trial answer;
        if (trial.Lost >= MostLost)
        {
            var reason = $"{trial.Lost} times its worker was gone before it ended: perhaps it took more memory than there is.";
            answer = trial with { State = TrialState.Failed, Reason = reason, Ended = _time.GetUtcNow() };
        }
        else if (Definition.IsDeterministic && _answers.TryGetValue(trial.Parameters, out var first))
        {
            answer = trial with { State = first.State, Values = first.Values, CopyOf = first.Number, Ended = _time.GetUtcNow() };
        }
        else
        {
            return trial;
        }
        await _storage.EndTrialAsync(_id, answer, _lease).ConfigureAwait(false);
        progress?.Report(answer);
        return answer;
    }
}
