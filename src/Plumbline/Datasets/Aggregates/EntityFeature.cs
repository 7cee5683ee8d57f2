namespace Plumbline.Datasets.Aggregates;

/// <summary>One aggregate of one kind of entity, by which it is a numeric feature such as <c>user_avg_len</c>.</summary>
public readonly record struct EntityFeature(EntityKind Kind, EntityAggregate Aggregate)
{
    /// <summary>All features: those of the user, then those of the item, each in the order of <see cref="EntityAggregate"/>.</summary>
    public static IReadOnlyList<EntityFeature> All { get; } =
        [.. from kind in Enum.GetValues<EntityKind>() from aggregate in Enum.GetValues<EntityAggregate>() select new EntityFeature(kind, aggregate)];

    public string Name => (Kind, Aggregate) switch
    {
        (EntityKind.User, EntityAggregate.AverageLength) => "user_avg_len",
        (EntityKind.User, EntityAggregate.ReviewCount) => "user_review_count",
        (EntityKind.User, EntityAggregate.MeanLabel) => "user_mean_label",
        (EntityKind.User, EntityAggregate.DaysSinceLast) => "user_days_since_last",
        (EntityKind.Item, EntityAggregate.AverageLength) => "item_avg_len",
        (EntityKind.Item, EntityAggregate.ReviewCount) => "item_review_count",
        (EntityKind.Item, EntityAggregate.MeanLabel) => "item_mean_label",
        (EntityKind.Item, EntityAggregate.DaysSinceLast) => "item_days_since_last",
        _ => throw new InvalidOperationException($"{Kind} and {Aggregate} make no feature."),
    };

    public static bool TryParse(string name, out EntityFeature feature)
    {
        foreach (var candidate in All)
        {
            if (candidate.Name == name)
            {
                feature = candidate;
                return true;
            }
        }
        feature = default;
        return false;
    }
}
