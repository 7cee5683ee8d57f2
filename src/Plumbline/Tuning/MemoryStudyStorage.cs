using Plumbline.Tuning.Spaces;

namespace Plumbline.Tuning;

/// <summary>Studies that nobody needs after the process: a tuning within another task, a comparison of samplers.</summary>
internal sealed class MemoryStudyStorage : IStudyStorage
{
    private readonly Lock _lock = new();
    private readonly List<(StudyDefinition Definition, List<(Trial Trial, long Lease)> Trials)> _studies = [];
    private readonly HashSet<long> _ended = [];

    /// <summary>From now on, trials under this lease can be claimed.</summary>
    public void EndLease(long lease)
    {
        lock (_lock)
            _ended.Add(lease);
    }

    public Task<long> OpenStudyAsync(StudyDefinition definition, CancellationToken cancellation = default)
    {
        lock (_lock)
        {
            var index = _studies.FindIndex(study => study.Definition.Name == definition.Name);
            if (index < 0)
            {
                _studies.Add((definition, []));
                index = _studies.Count - 1;
            }
            else if (StudyJson.Write(_studies[index].Definition) != StudyJson.Write(definition))
            {
                throw new TuningException($"Study '{definition.Name}' exists already with another definition; choose another name, or resume it as it is.");
            }
            return Task.FromResult((long)index);
        }
    }

    public Task<IReadOnlyList<Trial>> LoadTrialsAsync(long study, CancellationToken cancellation = default)
    {
        lock (_lock)
            return Task.FromResult<IReadOnlyList<Trial>>([.. _studies[(int)study].Trials.Select(entry => entry.Trial)]);
    }

    public Task<bool> TryCreateTrialAsync(long study, Trial trial, long lease, CancellationToken cancellation = default)
    {
        lock (_lock)
        {
            var trials = _studies[(int)study].Trials;
            if (trial.Number != trials.Count)
                return Task.FromResult(false);
            if (!trial.IsFinished && _ended.Contains(lease))
                throw new LeaseLostException($"Trial {trial.Number} of study '{_studies[(int)study].Definition.Name}' cannot be added under lease {lease}, which is over.");
            trials.Add((trial, lease));
            return Task.FromResult(true);
        }
    }

    public Task<bool> TryClaimTrialAsync(
        long study, int number, TrialParameters parameters, DateTimeOffset started, long lease, CancellationToken cancellation = default)
    {
        lock (_lock)
        {
            var trials = _studies[(int)study].Trials;
            var (trial, holder) = trials[number];
            if (trial.State != TrialState.Waiting && !(trial.State == TrialState.Running && _ended.Contains(holder)))
                return Task.FromResult(false);
            trials[number] = (trial with { State = TrialState.Running, Parameters = parameters, Intermediate = [], Started = started, Lost = trial.LostWhenTaken }, lease);
            return Task.FromResult(true);
        }
    }

    public Task ReportAsync(long study, int number, IntermediateValue value, long lease, CancellationToken cancellation = default)
    {
        lock (_lock)
        {
            var trial = Held(study, number, lease);
            _studies[(int)study].Trials[number] = (trial with { Intermediate = [.. trial.Intermediate, value] }, lease);
        }
        return Task.CompletedTask;
    }

    public Task EndTrialAsync(long study, Trial trial, long lease, CancellationToken cancellation = default)
    {
        lock (_lock)
        {
            var held = Held(study, trial.Number, lease);
            _studies[(int)study].Trials[trial.Number] = (trial.State == TrialState.Waiting
                ? held with { State = TrialState.Waiting, Intermediate = [], Started = null }
                : held with { State = trial.State, Values = trial.Values, Reason = trial.Reason, CopyOf = trial.CopyOf, Started = trial.Started, Ended = trial.Ended }, lease);
        }
        return Task.CompletedTask;
    }

    private Trial Held(long study, int number, long lease)
    {
        var (trial, holder) = _studies[(int)study].Trials[number];
        return trial.State == TrialState.Running && holder == lease && !_ended.Contains(lease)
            ? trial
            : throw new LeaseLostException($"Trial {number} of study '{_studies[(int)study].Definition.Name}' does not run under lease {lease} any more; what this worker found is dropped.");
    }
}
