namespace Plumbline.Tuning.Pruners;

/// <summary>Lets every trial finish.</summary>
public sealed record NoPruner : Pruner
{
    internal override void Validate()
    {
    }

    internal override bool ShouldPrune(PruningContext context) => false;
}
