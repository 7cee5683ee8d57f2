using Plumbline.Rollouts;
using Plumbline.Rollouts.Gates;

namespace Plumbline.Projects;

/// <summary>Reads <c>rollout</c>.</summary>
internal static class RolloutSection
{
    /// <returns>Null where there is none.</returns>
    public static RolloutTemplate? Read(YamlSection rollout, List<string> keys)
    {
        var kind = rollout.Choice<RolloutKind>("kind");
        var (test, bandit) = (ReadTest(rollout.Section("test"), keys), ReadBandit(rollout.Section("bandit"), keys));
        var defaults = new RolloutTemplate(RolloutKind.Canary);
        var template = defaults with
        {
            Kind = kind ?? defaults.Kind,
            Unit = rollout.Choice<RolloutUnit>("unit") ?? defaults.Unit,
            Salt = rollout.Text("salt"),
            Alpha = rollout.Number<double>("alpha") ?? defaults.Alpha,
            Gates = [.. rollout.Sections("gates").Select(gate => ReadGate(gate, keys))],
            Steps = [.. rollout.Sections("steps").Select(step => ReadStep(step, keys))],
            Test = test,
            Bandit = bandit,
            JudgeReplayed = rollout.Flag("judge_replayed") ?? defaults.JudgeReplayed,
            Replay = rollout.Duration("replay"),
        };
        rollout.Finish(keys);
        if (!rollout.IsPresent)
            return null;
        if (kind is null)
            throw rollout.Error("kind", "is missing; write canary, ab or bandit");
        try
        {
            template.Validate();
        }
        catch (ArgumentException exception)
        {
            throw rollout.Error($"cannot be used: {rollout.Path}.{exception.Message.TrimEnd('.')}");
        }
        return template;
    }

    private static RolloutGate ReadGate(YamlSection gate, List<string> keys)
    {
        var read = new RolloutGate
        {
            Kind = gate.Choice<GateKind>("kind") ?? throw gate.Error("kind", "is missing; say what the gate holds"),
            Label = gate.Text("label"),
            Column = gate.Text("column"),
            Value = gate.Text("value"),
            Most = gate.Number<double>("most"),
            MostRatio = gate.Number<double>("most_ratio"),
            Margin = gate.Number<double>("margin"),
            Least = gate.Number<double>("least"),
            LeastSamples = gate.Number<long>("least_samples"),
        };
        gate.Finish(keys);
        return read;
    }

    private static CanaryStep ReadStep(YamlSection step, List<string> keys)
    {
        var read = new CanaryStep(
            step.Number<double>("weight") ?? throw step.Error("weight", "is missing; say which share of units the step gives"),
            step.Duration("duration") ?? TimeSpan.Zero,
            [.. step.Sections("gates").Select(gate => ReadGate(gate, keys))],
            step.Flag("needs_approval") ?? false,
            step.Duration("deadline"),
            step.Choice<OverdueAction>("overdue") ?? OverdueAction.Stay);
        step.Finish(keys);
        return read;
    }

    private static AbTest? ReadTest(YamlSection test, List<string> keys)
    {
        var (metric, effect, horizon) = (test.Choice<RolloutMetric>("metric"), test.Number<double>("minimum_effect"), test.Number<long>("horizon"));
        var defaults = new AbTest(RolloutMetric.Accuracy, 0, 0);
        var read = defaults with
        {
            Metric = metric ?? defaults.Metric,
            MinimumEffect = effect ?? defaults.MinimumEffect,
            Horizon = horizon ?? defaults.Horizon,
            Label = test.Text("label"),
            LeastSamples = test.Number<long>("least_samples") ?? defaults.LeastSamples,
            LeastDuration = test.Duration("least_duration") ?? defaults.LeastDuration,
            SampleRatioAlpha = test.Number<double>("sample_ratio_alpha") ?? defaults.SampleRatioAlpha,
            Slices = test.List("slices"),
            MostSlices = test.Number<int>("most_slices"),
        };
        test.Finish(keys);
        if (!test.IsPresent)
            return null;
        return metric is null || effect is null || horizon is null ? throw test.Error("needs metric, minimum_effect and horizon") : read;
    }

    private static BanditPlan? ReadBandit(YamlSection bandit, List<string> keys)
    {
        var period = bandit.Duration("period");
        var defaults = new BanditPlan(TimeSpan.FromHours(1));
        var read = defaults with
        {
            Period = period ?? defaults.Period,
            Metric = bandit.Choice<RolloutMetric>("metric") ?? defaults.Metric,
            Floor = bandit.Number<double>("floor") ?? defaults.Floor,
            Stop = bandit.Number<double>("stop") ?? defaults.Stop,
            LeastSamples = bandit.Number<long>("least_samples") ?? defaults.LeastSamples,
        };
        bandit.Finish(keys);
        if (!bandit.IsPresent)
            return null;
        return period is null ? throw bandit.Error("period", "is missing; say how long shares stay") : read;
    }
}
