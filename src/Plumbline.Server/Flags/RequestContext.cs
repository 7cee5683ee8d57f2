using System.Text;
using Plumbline.Datasets.Aggregates;
using Plumbline.Features.Online;
using Plumbline.Inference.Flags;
using Plumbline.Server.Predictions;
using Plumbline.Server.Security;
using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Flags;

/// <summary>Who a prediction is asked for, as a flag sees him: docs/specs/flags.md.</summary>
internal static class RequestContext
{
    /// <param name="model">Registered name; null without one.</param>
    public static FlagContext Of(HttpContext context, PredictionCall call, AccessGate gate, string? model, bool withGroups)
    {
        Span<byte> buffer = stackalloc byte[EntityEvent.MostIdBytes];
        var route = TrafficRoute.Sent(context.Request);
        var user = Key(call, EntityKind.User, buffer) ?? route ?? context.Response.Headers[RequestId.Header].ToString();
        if (!withGroups)
            return new FlagContext(user);
        var groups = new List<string>();
        Add("key", gate.NameOf(context));
        Add("item", Key(call, EntityKind.Item, buffer));
        Add("route", route);
        Add("model", model);
        return new FlagContext(user, groups);

        void Add(string kind, string? value)
        {
            if (value is not null)
                groups.Add($"{kind}:{value}");
        }
    }

    private static string? Key(PredictionCall call, EntityKind kind, Span<byte> buffer) =>
        call.FindKey(kind, buffer) is > 0 and var length ? Encoding.UTF8.GetString(buffer[..length]) : null;
}
