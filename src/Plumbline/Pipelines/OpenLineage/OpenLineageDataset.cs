using System.Text.Json.Nodes;

namespace Plumbline.Pipelines.OpenLineage;

/// <summary>A data set as an input or output of a run.</summary>
/// <param name="Facets">Of the data set itself.</param>
/// <param name="RoleFacets">Of it as this input, or this output.</param>
public sealed record OpenLineageDataset(string Namespace, string Name, IReadOnlyList<KeyValuePair<string, JsonObject>> Facets, IReadOnlyList<KeyValuePair<string, JsonObject>> RoleFacets)
{
    /// <param name="role"><c>inputFacets</c> or <c>outputFacets</c>.</param>
    internal JsonObject ToJson(string role) => new()
    {
        ["namespace"] = Namespace,
        ["name"] = Name,
        ["facets"] = Gather(Facets),
        [role] = Gather(RoleFacets),
    };

    private static JsonObject Gather(IReadOnlyList<KeyValuePair<string, JsonObject>> facets) => new(facets.Select(facet => KeyValuePair.Create(facet.Key, (JsonNode?)facet.Value.DeepClone())));
}
