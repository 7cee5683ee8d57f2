using Plumbline.Features;
using Plumbline.Learning;
using Plumbline.Learning.Models;

namespace Plumbline.Bundles;

/// <summary>What a reader of a bundle must have to answer correctly.</summary>
internal static class Capabilities
{
    /// <summary>Numeric features that are aggregates of the record's user and item.</summary>
    public const string Aggregates = "aggregates-1";

    /// <summary>Categorical features.</summary>
    public const string Categorical = "categorical-1";

    public static readonly IReadOnlyList<string> All = [.. Scorers.Kinds.Select(Of), Aggregates, Categorical];

    public static IReadOnlyList<string> Of(TrainedModel model) =>
        [.. Kinds(model.Parameters.Shape).Distinct().Order(StringComparer.Ordinal).Select(Of), .. Of(model.Contract)];

    private static IEnumerable<string> Of(FeatureContract contract)
    {
        if (contract.Options.Numeric.Aggregates.Count > 0)
            yield return Aggregates;
        if (contract.Categorical.Count > 0)
            yield return Categorical;
    }

    private static IEnumerable<string> Kinds(ModelShape shape) => (shape.Members ?? []).SelectMany(member => Kinds(member.Model)).Prepend(shape.Kind);

    private static string Of(string kind) => kind + "-1";
}
