using System.Text.Json;
using Plumbline.Inference.Flags;

namespace Plumbline.Server.Flags;

/// <summary>Reads who a flag is asked for from a body of OFREP: <c>targetingKey</c> and <c>groups</c>; what else a context has means nothing here.</summary>
internal static class OfrepContext
{
    private const int MostLength = 1024;
    private const int MostGroups = 1000;
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    public static (FlagContext? Context, OfrepError? Error) Read(ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty)
            return (FlagContext.Nobody, null);
        try
        {
            using var document = JsonDocument.Parse(body, Strict);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                return (null, OfrepError.Unreadable("The body must be an object."));
            if (!root.TryGetProperty("context", out var context) || context.ValueKind == JsonValueKind.Null)
                return (FlagContext.Nobody, null);
            return context.ValueKind == JsonValueKind.Object ? ReadContext(context) : (null, OfrepError.InvalidContext("context must be an object."));
        }
        catch (JsonException exception)
        {
            return (null, OfrepError.Unreadable($"The body is not valid JSON: {exception.Message}"));
        }
        catch (InvalidOperationException)
        {
            return (null, OfrepError.Unreadable("A string holds a lone surrogate."));
        }
    }

    private static (FlagContext? Context, OfrepError? Error) ReadContext(JsonElement context)
    {
        string? user = null;
        List<string> groups = [];
        if (context.TryGetProperty("targetingKey", out var key) && key.ValueKind != JsonValueKind.Null && !TryText(key, out user))
            return (null, OfrepError.InvalidContext($"context.targetingKey must be a string of 1 to {MostLength} characters."));
        if (!context.TryGetProperty("groups", out var sent) || sent.ValueKind == JsonValueKind.Null)
            return (new FlagContext(user), null);
        if (sent.ValueKind != JsonValueKind.Array || sent.GetArrayLength() > MostGroups)
            return (null, OfrepError.InvalidContext($"context.groups must be an array of at most {MostGroups} strings."));
        foreach (var group in sent.EnumerateArray())
        {
            if (!TryText(group, out var name))
                return (null, OfrepError.InvalidContext($"context.groups must hold strings of 1 to {MostLength} characters."));
            groups.Add(name!);
        }
        return (new FlagContext(user, groups), null);
    }

    private static bool TryText(JsonElement value, out string? text)
    {
        text = value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        return text is { Length: > 0 and <= MostLength };
    }
}
