using Plumbline.Pipelines.OpenLineage;

namespace Plumbline.Projects;

/// <summary>Reads <c>openlineage</c> of a <c>plumbline.yaml</c>.</summary>
internal static class OpenLineageSection
{
    public const string Key = "openlineage";

    /// <param name="file">Full path of the <c>plumbline.yaml</c>.</param>
    /// <param name="keys">Receives the path of every key that the section may have.</param>
    /// <returns>Null where there is no such section.</returns>
    public static OpenLineageOptions? Read(string file, YamlSection section, List<string> keys)
    {
        var (endpoint, ns, key) = (section.Text("endpoint"), section.Text("namespace"), section.Secret("api_key"));
        section.Finish(keys);
        if (!section.IsPresent)
            return null;
        if (endpoint is null)
            throw section.Error("endpoint", "is missing; write an address such as http://marquez:5000");
        try
        {
            return OpenLineageOptions.Create(endpoint, ns, key?.Reveal(), $"{Key}.endpoint");
        }
        catch (ArgumentException exception)
        {
            throw new ProjectException($"{file}: {exception.Message}.", exception);
        }
    }
}
