namespace Plumbline.Learning.Contests;

/// <summary>What a model costs in use, as far as a contest judges by it.</summary>
/// <param name="LatencyUs">Microseconds of one prediction on one thread; null where it is no objective.</param>
/// <param name="SizeMb">Megabytes (10⁶ bytes) of the parameters as a bundle holds them; null where it is no objective.</param>
public sealed record ModelCosts(double? LatencyUs, double? SizeMb)
{
    /// <summary>From the values of a trial.</summary>
    internal static ModelCosts Of(IReadOnlyList<ContestObjective> objectives, IReadOnlyList<double> values)
    {
        return new ModelCosts(ValueOf(ContestObjective.Latency), ValueOf(ContestObjective.Size));

        double? ValueOf(ContestObjective objective)
        {
            for (var i = 0; i < objectives.Count; i++)
            {
                if (objectives[i] == objective)
                    return values[i];
            }
            return null;
        }
    }

    /// <summary>The largest share that it takes of a limit; up to 1 it is within all.</summary>
    internal double ShareOf(ContestOptions limits) => Math.Max((LatencyUs / limits.MaxLatencyUs) ?? 0, (SizeMb / limits.MaxSizeMb) ?? 0);
}
