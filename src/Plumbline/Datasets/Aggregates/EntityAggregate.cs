namespace Plumbline.Datasets.Aggregates;

/// <summary>What is known of a user or item from its earlier records. The values are the order in which <see cref="EntityState.Finalise"/> writes.</summary>
public enum EntityAggregate
{
    /// <summary>Mean length of the texts in characters; missing without a record.</summary>
    AverageLength = 0,

    /// <summary>Number of records. The one aggregate that is a true 0, not missing, for an entity without history.</summary>
    ReviewCount = 1,

    /// <summary>Mean of the labels known by then, where labels are ordered (numbers, or two classes as 0 and 1); missing without a label.</summary>
    MeanLabel = 2,

    /// <summary>Days, with their fraction, since the last record; missing without a record.</summary>
    DaysSinceLast = 3,
}
