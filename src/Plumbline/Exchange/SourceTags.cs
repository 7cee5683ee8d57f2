namespace Plumbline.Exchange;

/// <summary>Tags by which a copy knows where it comes from, so that copying again adds nothing.</summary>
internal static class SourceTags
{
    public const string Run = "plumbline.source.run";

    /// <summary>Digest of the run as it was when all of it had been copied.</summary>
    public const string RunState = "plumbline.source.run_state";

    public const string LoggedModel = "plumbline.source.logged_model";

    /// <summary>Name and number, and when it was made: a number alone may be another server's.</summary>
    public const string Version = "plumbline.source.version";

    /// <summary>Digest of the bundle that a copied version is of.</summary>
    public const string Bundle = "plumbline.source.bundle";
}
