namespace Plumbline.Registry;

/// <summary>What setting an alias did.</summary>
/// <param name="Previous">The version it pointed to before: the same one if nothing changed, null if the alias is new.</param>
public sealed record AliasChange(string Name, string Alias, long Version, long? Previous)
{
    public bool Changed => Version != Previous;
}
