using System.Text.Json.Serialization;
using Plumbline.Inference.Routing;
using Plumbline.Registry;
using Plumbline.Rollouts.Gates;
using Plumbline.Storage;

namespace Plumbline.Rollouts;

/// <summary>All that decides how traffic moves from the stable version to candidates (docs/specs/rollouts.md). Immutable.</summary>
/// <param name="Stable"><c>name/3</c>: what serves now, and again after a rollback.</param>
/// <param name="Candidates">One for a canary.</param>
/// <param name="Unit">What always gets the same version.</param>
/// <param name="Salt">Makes the assignment independent of that of other rollouts; null: the name.</param>
/// <param name="Alpha">
/// Chance, however often one looks, that a candidate within all limits fails a gate, divided equally among the gates of all steps; and likewise that an A/B test concludes
/// better or worse where there is no difference.
/// </param>
/// <param name="Gates">Of a canary in every step, else guardrails.</param>
/// <param name="Steps">Of a canary; its weights override <see cref="CandidateShare.Weight"/>.</param>
/// <param name="Test">Of an A/B test.</param>
/// <param name="JudgeReplayed">Whether gates that have too few live requests may be judged on replayed ones.</param>
/// <param name="Replay">
/// Of a canary: how far back servers take logged requests to answer them again by both versions, once a step; gates may then be judged on these. Null: none are. Only where texts are logged.
/// </param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RolloutDefinition(
    string Name, RolloutKind Kind, string Stable, IReadOnlyList<CandidateShare> Candidates, RolloutUnit Unit = RolloutUnit.User, string? Salt = null, double Alpha = 0.05,
    IReadOnlyList<RolloutGate>? Gates = null, IReadOnlyList<CanaryStep>? Steps = null, AbTest? Test = null, BanditPlan? Bandit = null, bool JudgeReplayed = false,
    TimeSpan? Replay = null)
{
    public IReadOnlyList<RolloutGate> Gates { get; init; } = Gates ?? [];

    public IReadOnlyList<CanaryStep> Steps { get; init; } = Steps ?? [];

    private static readonly TimeSpan LongestReplay = TimeSpan.FromDays(30);

    internal string EffectiveSalt => Salt ?? Name;

    internal bool JudgesReplayed => JudgeReplayed || Replay is not null;

    /// <summary>All that take part, the stable one first.</summary>
    internal IEnumerable<string> Versions => Candidates.Select(candidate => candidate.Version).Prepend(Stable);

    internal IEnumerable<RolloutGate> GatesOf(int step) => Kind == RolloutKind.Canary ? Gates.Concat(Steps[step].Gates) : Gates;

    /// <summary>That gates are over, each once.</summary>
    internal IEnumerable<Slice> Slices => Gates.Concat(Steps.SelectMany(step => step.Gates)).Select(gate => gate.Slice).OfType<Slice>().Distinct();

    /// <summary>That are told of an A/B test at most, by which bounds are corrected.</summary>
    internal int MostSlices => Test?.Slices is null ? Slices.Count() : Test.MostSlices ?? AbTest.UsualSlices;

    /// <summary>Of each gate, so that together they are <see cref="Alpha"/>.</summary>
    internal double GateAlpha => Alpha / Math.Max(1, Kind == RolloutKind.Canary ? Steps.Sum(step => Gates.Count + step.Gates.Count) : Gates.Count * Candidates.Count);

    /// <exception cref="ArgumentException">Something is out of its range or missing; the message begins with its key.</exception>
    public void Validate()
    {
        if (string.IsNullOrWhiteSpace(Name))
            throw new ArgumentException("name: a rollout needs one.");
        CheckObjects("candidates", Candidates);
        CheckObjects("gates", Gates);
        CheckObjects("steps", Steps);
        ValidateVersions();
        if (EffectiveSalt.Length > TrafficPlan.MostSalt)
            throw new ArgumentException($"salt: {(Salt is null ? "the name, which stands for it," : "it")} has {EffectiveSalt.Length} characters, more than {TrafficPlan.MostSalt}; write a shorter one.");
        if (Candidates.Any(candidate => !(candidate.Weight >= 0)) || Candidates.Sum(candidate => candidate.Weight) > 1 + 1e-9)
            throw new ArgumentException("candidates: weights must be at least 0, and at most 1 together.");
        if (!(Alpha is > 0 and < 0.5))
            throw new ArgumentException(FormattableString.Invariant($"alpha: {Alpha} is not above 0 and below 0.5."));
        for (var i = 0; i < Gates.Count; i++)
            Gates[i].Validate($"gates[{i}]");
        ValidateKind();
    }

    private void ValidateVersions()
    {
        CheckVersion("stable", Stable);
        if (Candidates.Count == 0)
            throw new ArgumentException("candidates: a rollout needs one.");
        if (Candidates.Count > TrafficPlan.MostVersions)
            throw new ArgumentException($"candidates: {Candidates.Count} versions are more than {TrafficPlan.MostVersions}.");
        var model = ModelReference.Parse(Stable).Name;
        for (var i = 0; i < Candidates.Count; i++)
        {
            CheckVersion($"candidates[{i}]", Candidates[i].Version);
            if (ModelReference.Parse(Candidates[i].Version).Name != model)
                throw new ArgumentException($"candidates[{i}]: '{MetadataText.Quote(Candidates[i].Version)}' is no version of {model}, the stable version's model.");
        }
        if (Versions.Distinct(StringComparer.Ordinal).Count() <= Candidates.Count)
            throw new ArgumentException("candidates: a version stands twice, or is the stable one.");
    }

    private void ValidateKind()
    {
        (string Key, RolloutKind Kind, bool IsThere)[] parts =
            [("steps", RolloutKind.Canary, Steps.Count > 0), ("test", RolloutKind.Ab, Test is not null), ("bandit", RolloutKind.Bandit, Bandit is not null)];
        foreach (var (key, kind, isThere) in parts)
        {
            if (isThere != (kind == Kind))
                throw new ArgumentException($"{key}: {(isThere ? "belongs to another kind of rollout than" : "is missing in")} kind {RolloutJson.NameOf(Kind)}.");
        }
        if (Replay is { } replay && (Kind != RolloutKind.Canary || replay <= TimeSpan.Zero || replay > LongestReplay))
            throw new ArgumentException(Kind == RolloutKind.Canary ? $"replay: {replay} is not above 0 and at most {LongestReplay.TotalDays:0} days." : "replay: only a canary is judged on what is answered again.");
        Test?.Validate(this);
        Bandit?.Validate(this);
        if (Kind == RolloutKind.Canary && Candidates.Count != 1)
            throw new ArgumentException($"candidates: a canary has one, not {Candidates.Count}; several are compared by kind ab or bandit.");
        for (var i = 0; i < Steps.Count; i++)
            Steps[i].Validate($"steps[{i}]", Gates, i == 0 ? 0 : Steps[i - 1].Weight);
    }

    /// <summary>What is null in a list of JSON reaches this as null.</summary>
    internal static void CheckObjects<T>(string key, IReadOnlyList<T> list)
        where T : class
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i] is null)
                throw new ArgumentException($"{key}[{i}]: it is null; write an object, or leave it out.");
        }
    }

    private static void CheckVersion(string key, string version)
    {
        try
        {
            if (ModelReference.Parse(version).Version is not null)
                return;
        }
        catch (MetadataException)
        {
            // Said below, with the key.
        }
        throw new ArgumentException($"{key}: '{MetadataText.Quote(version)}' is no model version; write name/number, such as reviews/3.");
    }
}

/// <param name="Version"><c>name/3</c>.</param>
/// <param name="Weight">Share of units: of an A/B test throughout, of a bandit in the first period, where 0 for all means equal shares.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CandidateShare(string Version, double Weight = 0);

public enum RolloutKind
{
    /// <summary>More and more units, as long as gates do not fail.</summary>
    Canary,

    /// <summary>Fixed shares until it is known which is better.</summary>
    Ab,

    /// <summary>Shares follow what is known so far.</summary>
    Bandit,
}

public enum RolloutUnit
{
    User,
    Item,
    Request,
}
