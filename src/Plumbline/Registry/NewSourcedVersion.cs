namespace Plumbline.Registry;

/// <summary>A model that a client of MLflow made, to be registered by its address.</summary>
public sealed record NewSourcedVersion
{
    /// <summary>
    /// <c>models:/m-…</c> of a logged model, <c>models:/name/3</c> or <c>models:/name@alias</c> of a version to be registered under this name too,
    /// <c>runs:/…</c>, or an address outside.
    /// </summary>
    public required string Source { get; init; }

    /// <summary>Null: the run of the logged model, or the one that the source names.</summary>
    public string? RunId { get; init; }

    /// <summary>Null: what the source says.</summary>
    public string? LoggedModelId { get; init; }

    public string RunLink { get; init; } = "";

    public string UserId { get; init; } = "";

    public string Description { get; init; } = "";

    public IReadOnlyCollection<KeyValuePair<string, string>> Tags { get; init; } = [];
}
