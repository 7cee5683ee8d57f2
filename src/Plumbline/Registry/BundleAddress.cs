using Plumbline.Storage;

namespace Plumbline.Registry;

/// <summary>Where MLflow's clients find a bundle as a model of theirs.</summary>
public static class BundleAddress
{
    internal const string Prefix = "mlflow-artifacts:/bundles/";
    internal const string Suffix = "/artifacts";

    public static string Of(string digest) => Prefix + digest + Suffix;

    /// <summary>The digest in such an address; null if it is another.</summary>
    internal static string? Find(string address) =>
        address.StartsWith(Prefix, StringComparison.Ordinal) && address.TrimEnd('/') is var trimmed && trimmed.EndsWith(Suffix, StringComparison.Ordinal)
        && trimmed.Length == Prefix.Length + 64 + Suffix.Length && trimmed[Prefix.Length..^Suffix.Length] is var digest && MetadataText.IsHex(digest, 64) ? digest : null;
}
