using Plumbline.Statistics;
using Plumbline.Tuning;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tests.Tuning.Pictures;

/// <summary>Studies whose trials ended in every way, with a parameter of each kind and one that not all trials have.</summary>
internal static class GeneratedStudies
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <param name="text">What names, choices and reasons begin with.</param>
    /// <param name="state">What becomes of a trial.</param>
    public static StudySummary Of(int trials, string text = "plain", Func<int, TrialState>? state = null, int objectives = 1, string? name = null)
    {
        var space = new SearchSpace(
        [
            new CategoricalParameter($"{text} kind", [$"{text} a", $"{text} b", true]),
            new FloatParameter("rate", 1e-4, 1, Log: true),
            new IntParameter("leaves", 4, 64, Log: true),
            new IntParameter("rounds", 50, 300, Step: 10),
            new FloatParameter("share", 0.25, 0.75) { When = new Condition($"{text} kind", [$"{text} a"]) },
            new FloatParameter("fixed", 2, 2),
        ]);
        var definition = new StudyDefinition { Name = name ?? $"{text}/study", Space = space, Directions = [StudyDirection.Maximize, .. Enumerable.Repeat(StudyDirection.Minimize, objectives - 1)] };
        var random = new RandomSource(5);
        return new StudySummary(definition.Name, definition, Begin, [.. Enumerable.Range(0, trials).Select(number => Trial(number, space.Draw(random), state?.Invoke(number) ?? Mixed(number), text, objectives))]);
    }

    public static TrialState Mixed(int number) => number % 7 == 3 ? TrialState.Failed : number % 3 == 2 ? TrialState.Pruned : TrialState.Complete;

    private static Trial Trial(int number, TrialParameters parameters, TrialState state, string text, int objectives)
    {
        var rate = parameters["rate"].AsDouble();
        double[] values = [0.5 + (0.1 * Math.Sin(number)) - rate, .. Enumerable.Range(1, objectives - 1).Select(objective => 100 + (rate * number) + objective)];
        // Two at a time; the study was resumed a day later.
        var started = Begin.AddSeconds((number / 2 * 3) + (number % 2)).AddDays(number > 10 ? 1 : 0);
        return new Trial(
            number, state, parameters, state == TrialState.Complete ? values : [],
            state == TrialState.Failed ? [] : [.. Enumerable.Range(1, 100).Select(step => new IntermediateValue(step, number % 6 == 5 && step > 90 ? double.NaN : values[0] * step / 100))],
            state == TrialState.Failed ? $"{text} ran out of memory" : null, null, started, state is TrialState.Running or TrialState.Waiting ? null : started.AddSeconds(2.5));
    }
}
