namespace Plumbline.Tuning.Pruners;

/// <summary>
/// Lets another pruner decide only about trials that have stopped getting better: whose best value of the last <see cref="Patience"/> + 1 reports is worse, by more than
/// <see cref="MinDelta"/>, than the best before.
/// </summary>
public sealed record PatientPruner : Pruner
{
    /// <summary>Null: such a trial is stopped.</summary>
    public Pruner? Wrapped { get; init; }

    /// <summary>Reports.</summary>
    public required int Patience { get; init; }

    /// <summary>In the unit of the objective.</summary>
    public double MinDelta { get; init; }

    internal override void Validate()
    {
        AtLeast(Patience, 0, "patience");
        if (!(MinDelta >= 0))
            throw new ArgumentException($"min_delta: {MinDelta} is below 0.");
        Wrapped?.Validate();
    }

    internal override bool ShouldPrune(PruningContext context)
    {
        var count = context.Values.Count;
        if (count <= Patience + 1)
            return false;
        var (before, after) = (Best(context, 0, count - Patience - 1), Best(context, count - Patience - 1, count));
        var hasStopped = double.IsNaN(after) || before + MinDelta < after;
        return hasStopped && (Wrapped?.ShouldPrune(context) ?? true);
    }

    private static double Best(PruningContext context, int from, int to)
    {
        var best = double.NaN;
        for (var i = from; i < to; i++)
        {
            var loss = context.Loss(context.Values[i].Value);
            best = double.IsNaN(best) || loss < best ? loss : best;
        }
        return best;
    }
}
