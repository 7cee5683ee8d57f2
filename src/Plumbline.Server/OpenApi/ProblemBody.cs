using System.ComponentModel;

namespace Plumbline.Server.OpenApi;

/// <summary>The shape of an error, for the OpenAPI document.</summary>
internal sealed record ProblemBody(
    [property: Description("urn:plumbline:problem:<kind>")] string Type,
    string Title,
    int Status,
    string Detail,
    [property: Description("W3C trace id under which the log has more.")] string TraceId,
    [property: Description("JSON path of what is wrong → what is wrong with it.")] Dictionary<string, string[]>? Errors = null);
