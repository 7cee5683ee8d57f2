namespace Plumbline.Server.Predictions;

/// <summary>Where a value stands in a body; made a string only when an error has to say it.</summary>
internal readonly record struct JsonPath(string Name, int Index = -1, string? Member = null)
{
    public override string ToString() => (Index, Member) switch
    {
        ( < 0, null) => Name,
        ( < 0, _) => $"{Name}.{Member}",
        (_, null) => $"{Name}[{Index}]",
        _ => $"{Name}[{Index}].{Member}",
    };
}
