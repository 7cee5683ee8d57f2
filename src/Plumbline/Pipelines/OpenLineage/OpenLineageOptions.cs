namespace Plumbline.Pipelines.OpenLineage;

/// <summary>Where events go; docs/specs/lineage.md. Immutable; as a string it has no key.</summary>
public sealed class OpenLineageOptions
{
    public const string DefaultNamespace = "plumbline";

    private const string DefaultPath = "api/v1/lineage";

    private OpenLineageOptions(Uri endpoint, string ns, string? apiKey) => (Endpoint, Namespace, ApiKey) = (endpoint, ns, apiKey);

    public Uri Endpoint { get; }

    /// <summary>Of jobs, and of data sets that only this program has.</summary>
    public string Namespace { get; }

    internal string? ApiKey { get; }

    /// <param name="endpoint">An http or https address; one without a path gets the usual one.</param>
    /// <param name="key">What names the address to the user, for messages.</param>
    /// <exception cref="ArgumentException">It is no such address.</exception>
    public static OpenLineageOptions Create(string endpoint, string? ns, string? apiKey, string key) =>
        Uri.TryCreate(endpoint, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address!.UserInfo.Length == 0
            ? new OpenLineageOptions(address.AbsolutePath == "/" ? new Uri(address, DefaultPath) : address, string.IsNullOrWhiteSpace(ns) ? DefaultNamespace : ns, string.IsNullOrEmpty(apiKey) ? null : apiKey)
            : throw new ArgumentException($"{key} is no address such as http://marquez:5000/api/v1/lineage, without user and password in it");

    /// <summary>What the variables of OpenLineage's own clients say: <c>OPENLINEAGE_URL, OPENLINEAGE_ENDPOINT, OPENLINEAGE_NAMESPACE, OPENLINEAGE_API_KEY</c>; what is not set is as in <paramref name="project"/>.</summary>
    /// <returns>Null where nothing names an endpoint, or <c>OPENLINEAGE_DISABLED</c> is <c>true</c>.</returns>
    /// <exception cref="ArgumentException">OPENLINEAGE_URL is no address.</exception>
    public static OpenLineageOptions? Resolve(OpenLineageOptions? project, Func<string, string?> variable)
    {
        string? Given(string name) => variable(name) is { Length: > 0 } value ? value : null;
        if (string.Equals(Given("OPENLINEAGE_DISABLED"), "true", StringComparison.OrdinalIgnoreCase))
            return null;
        var url = Given("OPENLINEAGE_URL");
        var endpoint = url is null ? project?.Endpoint.ToString() : Given("OPENLINEAGE_ENDPOINT") is { } path ? $"{url.TrimEnd('/')}/{path.TrimStart('/')}" : url;
        return endpoint is null ? null : Create(endpoint, Given("OPENLINEAGE_NAMESPACE") ?? project?.Namespace, Given("OPENLINEAGE_API_KEY") ?? (url is null ? project?.ApiKey : null), "OPENLINEAGE_URL");
    }

    public override string ToString() => $"{Endpoint} ({Namespace})";
}
