using Plumbline.Datasets;
using Plumbline.Datasets.Aggregates;
using Plumbline.Datasets.Preparation;

namespace Plumbline.Projects;

/// <summary>What the <c>data</c> section says of preparing records: <c>prepare</c> and <c>aggregates</c>.</summary>
internal static class PreparationSection
{
    /// <param name="keys">Receives the path of every key that a file may have.</param>
    public static IngestOptions Read(YamlSection data, IngestOptions ingest, List<string> keys)
    {
        var prepare = data.Section("prepare");
        var defaults = ingest.Preparation;
        var preparation = new PreparationOptions
        {
            MinCharacters = prepare.Number<int>("min_characters") ?? defaults.MinCharacters,
            MaxCharacters = prepare.Number<int>("max_characters") ?? defaults.MaxCharacters,
            Duplicates = prepare.Choice<DuplicateRule>("duplicates") ?? defaults.Duplicates,
            NearSimilarity = prepare.Number<double>("near_similarity") ?? defaults.NearSimilarity,
            Conflicts = prepare.Choice<ConflictRule>("conflicts") ?? defaults.Conflicts,
            Labels = ReadLabels(prepare.Section("labels"), keys),
            Balance = ReadBalance(prepare.Section("balance"), keys),
        };
        prepare.Finish(keys);
        try
        {
            preparation.Validate();
        }
        catch (ArgumentException exception)
        {
            throw data.Error("prepare", $"cannot be: {exception.Message.TrimEnd('.')}");
        }
        return ingest with { Preparation = preparation, Aggregates = [.. (data.List("aggregates") ?? []).Select(name => ReadAggregate(data, name))] };
    }

    private static LabelOptions ReadLabels(YamlSection labels, List<string> keys)
    {
        var defaults = new LabelOptions();
        var options = new LabelOptions
        {
            Fold = labels.Flag("fold") ?? defaults.Fold,
            Map = labels.TextOfEach("map") ?? defaults.Map,
            Drop = labels.List("drop") ?? defaults.Drop,
        };
        labels.Finish(keys);
        return options;
    }

    private static BalanceOptions ReadBalance(YamlSection balance, List<string> keys)
    {
        var defaults = new BalanceOptions();
        var options = new BalanceOptions { Method = balance.Choice<BalanceMethod>("method") ?? defaults.Method, Cap = balance.Number<int>("cap") ?? defaults.Cap };
        balance.Finish(keys);
        return options;
    }

    private static EntityFeature ReadAggregate(YamlSection data, string name)
    {
        if (EntityFeature.TryParse(name, out var feature))
            return feature;
        var known = EntityFeature.All.Select(known => known.Name).ToArray();
        throw data.Error("aggregates", $"has '{Storage.MetadataText.Quote(name)}'; {(NearestName.Among(known, name) is { } nearest ? $"did you mean '{nearest}'?" : $"known: {string.Join(", ", known)}")}");
    }
}
