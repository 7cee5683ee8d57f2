namespace Plumbline.Monitoring;

/// <summary>What to do about drift.</summary>
public enum DriftAction
{
    None,

    /// <summary>Something moved; look at it.</summary>
    Watch,

    /// <summary>Train a successor, without asking.</summary>
    Retrain,

    /// <summary>Train a successor once somebody says so.</summary>
    Approve,
}

/// <summary>From which PSI, and from which loss of quality on what is done. Immutable.</summary>
/// <param name="Limit">The largest PSI of all that moved must be above it.</param>
/// <param name="Margin">How much of macro-F1 may be lost.</param>
public sealed record DriftProfile(string Name, double Limit, double Margin, DriftAction Action)
{
    public static DriftProfile Default { get; } = new("default", 0.2, 0.03, DriftAction.Retrain);

    public static DriftProfile Production { get; } = new("production", 0.3, 0.05, DriftAction.Approve);

    public static IReadOnlyList<DriftProfile> All { get; } = [Default, Production];
}

/// <summary>What is to be done, and why.</summary>
public sealed record DriftDecision(DriftAction Action, IReadOnlyList<string> Why)
{
    private const double TellableArea = 0.65;

    internal static DriftDecision Of(DriftProfile profile, IReadOnlyList<FeatureDrift> features, TextDrift? text, IReadOnlyList<DataFault> faults, long requests)
    {
        if (requests < DriftComparison.LeastRequests)
            return new DriftDecision(DriftAction.None, [FormattableString.Invariant($"{requests:n0} requests are too few to judge; {DriftComparison.LeastRequests} are needed")]);
        var moved = features.Where(feature => feature.Severity != DriftSeverity.None).OrderByDescending(feature => feature.Psi).ToArray();
        var beyond = moved.Where(feature => feature.Psi > profile.Limit).ToArray();
        if (beyond.Length > 0)
            return new DriftDecision(profile.Action, [.. beyond.Select(feature => $"{Describe(feature)}, above the limit of {profile.Limit.ToString("0.0#", System.Globalization.CultureInfo.InvariantCulture)} of the profile {profile.Name}")]);
        string[] why =
        [
            .. moved.Where(feature => feature.Severity >= DriftSeverity.Moderate).Select(Describe),
            .. text is { Auc: > TellableArea, AdjustedPValue: <= FeatureDrift.Alpha }
                ? [FormattableString.Invariant($"a classifier tells requests from the reference's with an AUC of {text.Auc:0.00}")]
                : Array.Empty<string>(),
            .. faults.Where(fault => fault.IsWorse).Select(fault => FormattableString.Invariant($"{fault.Feature} is {fault.Kind.Replace('_', ' ')} in {fault.Share:p1} of requests, {fault.Before:p1} before")),
        ];
        if (why.Length > 0)
            return new DriftDecision(DriftAction.Watch, why);
        return new DriftDecision(DriftAction.None, [moved.Length == 0 ? "nothing moved by more than chance explains" : $"what moved, moved little: {Describe(moved[0])}"]);
    }

    private static string Describe(FeatureDrift feature) =>
        FormattableString.Invariant($"{feature.Name} moved: PSI {feature.Psi:0.00} (p {(feature.AdjustedPValue < 0.001 ? "< 0.001" : FormattableString.Invariant($"{feature.AdjustedPValue:0.000}"))} after correction)");
}
