namespace Plumbline.Datasets.Aggregates;

/// <summary>Who wrote a record, and what it is about. The values are part of stored formats.</summary>
public enum EntityKind
{
    User = 0,
    Item = 1,
}
