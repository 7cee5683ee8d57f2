using Plumbline.Monitoring;
using Plumbline.Pipelines.Retraining;

namespace Plumbline.Projects;

/// <summary>Reads <c>retraining</c>.</summary>
internal static class RetrainingSection
{
    /// <returns>Null where there is none.</returns>
    public static RetrainingPolicy? Read(YamlSection retraining, List<string> keys)
    {
        var defaults = new RetrainingPolicy();
        var policy = defaults with
        {
            Mode = retraining.Choice<RetrainingMode>("mode") ?? defaults.Mode,
            Profile = ReadProfile(retraining) ?? defaults.Profile,
            Every = retraining.Duration("every") ?? defaults.Every,
            DriftWindow = retraining.Duration("drift_window") ?? defaults.DriftWindow,
            CoolDown = retraining.Duration("cool_down") ?? defaults.CoolDown,
            ApproveWithin = retraining.Duration("approve_within") ?? defaults.ApproveWithin,
            Budget = ReadBudget(retraining.Section("budget"), defaults.Budget, keys),
            NewLabels = retraining.Number<int>("new_labels"),
            SourceGrowth = retraining.Number<double>("source_growth"),
            Schedule = retraining.Text("schedule"),
            TimeZone = retraining.Text("time_zone") ?? defaults.TimeZone,
            Data = ReadData(retraining.Section("data"), defaults.Data, keys),
        };
        retraining.Finish(keys);
        if (!retraining.IsPresent)
            return null;
        try
        {
            policy.Validate();
        }
        catch (ArgumentException exception)
        {
            throw retraining.Error($"cannot be used: {retraining.Path}.{exception.Message.TrimEnd('.')}");
        }
        return policy;
    }

    private static DriftProfile? ReadProfile(YamlSection retraining) => retraining.Text("profile") is not { } name ? null
        : DriftProfile.All.FirstOrDefault(profile => profile.Name == name)
            ?? throw retraining.Error("profile", $"is no profile; there are {string.Join(" and ", DriftProfile.All.Select(profile => profile.Name))}");

    private static RetrainingBudget ReadBudget(YamlSection budget, RetrainingBudget defaults, List<string> keys)
    {
        var read = defaults with
        {
            Runs = budget.Number<int>("runs") ?? defaults.Runs,
            Period = budget.Duration("period") ?? defaults.Period,
            Trials = budget.Number<int>("trials"),
            Time = budget.Duration("time"),
        };
        budget.Finish(keys);
        return read;
    }

    private static RetrainingData ReadData(YamlSection data, RetrainingData defaults, List<string> keys)
    {
        var read = defaults with
        {
            Feedback = data.Flag("feedback") ?? defaults.Feedback,
            WaitForLabels = data.Number<int>("wait_for_labels") ?? defaults.WaitForLabels,
            Window = data.Duration("window") ?? defaults.Window,
            HeldOut = data.Number<double>("held_out") ?? defaults.HeldOut,
            LeastLabels = data.Number<int>("least_labels") ?? defaults.LeastLabels,
            LeastGain = data.Number<double>("least_gain") ?? defaults.LeastGain,
        };
        data.Finish(keys);
        return read;
    }
}
