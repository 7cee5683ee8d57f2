namespace Plumbline.Pipelines.Lineage;

/// <summary>What a node of the lineage is, in the order in which things are made from one another.</summary>
public enum LineageKind
{
    Source,
    Snapshot,
    Study,
    Run,
    Contract,
    Bundle,
    Version,
    Alias,
    Prediction,
}

/// <summary>Which way from the node that was asked for.</summary>
public enum LineageDirection
{
    Both,

    /// <summary>To what it was made from.</summary>
    Up,

    /// <summary>To what was made from it.</summary>
    Down,
}
