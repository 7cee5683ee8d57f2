using System.Runtime.ExceptionServices;
using Plumbline.Tuning.Pruners;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tuning;

/// <summary>A trial as the function sees it that evaluates it. Not thread-safe: one report after another.</summary>
internal sealed class RunningTrial(Trial trial, IReadOnlyList<Trial> told, StudyDefinition definition, Func<IntermediateValue, Task> store)
{
    private readonly List<IntermediateValue> _reported = [];

    public int Number => trial.Number;

    public TrialParameters Parameters => trial.Parameters;

    /// <summary>Whether a pruner stopped it.</summary>
    public bool IsPruned { get; private set; }

    internal IReadOnlyList<IntermediateValue> Reported => _reported;

    /// <summary>What kept a report from being stored: no fault of the trial.</summary>
    internal ExceptionDispatchInfo? StorageFault { get; private set; }

    /// <summary>Stores what the trial has reached.</summary>
    /// <param name="step">What was spent on it so far; above that of the report before, at least 1.</param>
    /// <param name="value">In the unit and direction of the objective; not finite: worse than any.</param>
    /// <returns>Whether a pruner stops the trial: it should return at once, with any value.</returns>
    /// <exception cref="ArgumentException">The step does not grow.</exception>
    public async Task<bool> ReportAsync(int step, double value)
    {
        var least = _reported.Count == 0 ? 1 : _reported[^1].Step + 1;
        if (step < least)
            throw new ArgumentException($"step: {step} was reported after {least - 1}; steps grow from 1.", nameof(step));
        var intermediate = new IntermediateValue(step, double.IsFinite(value) ? value : double.NaN);
        try
        {
            await store(intermediate).ConfigureAwait(false);
        }
        catch (Exception fault)
        {
            StorageFault = ExceptionDispatchInfo.Capture(fault);
            throw;
        }
        _reported.Add(intermediate);
        IsPruned = IsPruned || definition.Pruner.ShouldPrune(new PruningContext(Number, _reported, told, definition.Directions[0]));
        return IsPruned;
    }
}
