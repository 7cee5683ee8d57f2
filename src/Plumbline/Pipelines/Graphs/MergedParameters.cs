using System.Text.Json.Nodes;

namespace Plumbline.Pipelines.Graphs;

/// <summary>Parameters that differ from others: objects are merged, all else is replaced.</summary>
internal static class MergedParameters
{
    /// <summary>Both are left as they are.</summary>
    public static JsonObject Of(JsonObject others, JsonObject given)
    {
        var merged = others.DeepClone().AsObject();
        Merge(merged, given);
        return merged;
    }

    private static void Merge(JsonObject into, JsonObject from)
    {
        foreach (var (key, value) in from)
        {
            if (value is JsonObject inner && into[key] is JsonObject outer)
                Merge(outer, inner);
            else
                into[key] = value?.DeepClone();
        }
    }
}
