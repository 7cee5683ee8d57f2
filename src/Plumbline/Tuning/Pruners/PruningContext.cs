namespace Plumbline.Tuning.Pruners;

/// <summary>What a pruner decides by.</summary>
/// <param name="Number">Of the running trial.</param>
/// <param name="Values">Its reports, at least one, by growing step.</param>
/// <param name="Finished">The trials told before it was begun.</param>
/// <param name="Direction">Of the objective.</param>
internal readonly record struct PruningContext(int Number, IReadOnlyList<IntermediateValue> Values, IReadOnlyList<Trial> Finished, StudyDirection Direction)
{
    public IntermediateValue Last => Values[^1];

    /// <summary>A value as something to make small.</summary>
    public double Loss(double value) => Direction == StudyDirection.Minimize ? value : -value;
}
