using System.Data.Common;
using Plumbline.Inference.Routing;
using Plumbline.Storage;

namespace Plumbline.Rollouts;

public sealed partial class RolloutStore
{
    /// <summary>What a template means for versions of a model: the stable one is that which its plan has now.</summary>
    /// <param name="name">Null: that of model and first candidate, with a number where there has been one.</param>
    /// <param name="candidates">Aliases, numbers, or <c>name/4</c>.</param>
    /// <exception cref="MetadataException">NotFound: there is no such version. Invalid: a candidate is none of the model.</exception>
    public Task<RolloutDefinition> DefineAsync(RolloutTemplate template, string model, string? name, IReadOnlyList<CandidateShare> candidates, CancellationToken cancellation = default) => store.ReadAsync(
        connection =>
        {
            CandidateShare[] resolved = [.. candidates.Select(candidate => candidate with { Version = Resolve(connection, model, candidate.Version) })];
            return template.Of(name ?? FreeName(connection, resolved), Serving(connection, model), resolved);
        },
        cancellation);

    private static string Resolve(DbConnection connection, string model, string candidate)
    {
        var reference = candidate.StartsWith($"{model}/", StringComparison.Ordinal) || candidate.StartsWith($"{model}@", StringComparison.Ordinal) ? candidate[(model.Length + 1)..] : candidate;
        if (reference.AsSpan().ContainsAny('/', '@'))
            throw new MetadataException(MetadataError.Invalid, $"'{MetadataText.Quote(candidate)}' is no version of {model}; write an alias, a number, or {model}/ and a number.");
        var version = TrafficPlans.ResolveVersion(connection, model, reference);
        return FormattableString.Invariant($"{version.Name}/{version.Version}");
    }

    private static string FreeName(DbConnection connection, CandidateShare[] candidates)
    {
        var name = candidates.Length == 0 ? "rollout" : candidates[0].Version.Replace('/', '-');
        var number = 1;
        while (Select(connection, "WHERE name = @name", "", ("name", number == 1 ? name : FormattableString.Invariant($"{name}-{number}"))).Count > 0)
            number++;
        return number == 1 ? name : FormattableString.Invariant($"{name}-{number}");
    }
}
