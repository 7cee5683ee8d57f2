using System.Text.Json.Nodes;

namespace Plumbline.Exchange;

/// <summary>A run whose own data were copied; what refers to logged models is to follow.</summary>
/// <param name="Id">At the target.</param>
/// <param name="State">Digest of the source.</param>
internal sealed record PendingRun(string Id, string State, JsonArray ModelInputs, JsonArray ModelOutputs);
