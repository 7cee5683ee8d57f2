using Plumbline.Inference.Routing;

namespace Plumbline.Projects;

/// <summary>What a traffic plan has where a command does not say otherwise: the <c>traffic</c> section.</summary>
public sealed record TrafficSettings(RoutingUnit Unit, string Salt);

/// <summary>Reads <c>traffic</c>.</summary>
internal static class TrafficSection
{
    public static TrafficSettings Read(YamlSection traffic, List<string> keys)
    {
        var read = new TrafficSettings(traffic.Choice<RoutingUnit>("unit") ?? RoutingUnit.Request, traffic.Text("salt") ?? "");
        traffic.Finish(keys);
        return read;
    }
}
