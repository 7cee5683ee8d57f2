using System.Text;

namespace Plumbline.Server.Security;

/// <summary>What a request shows to be let in.</summary>
/// <param name="Name">Of the key; null where the client did not say.</param>
internal sealed record PresentedKey(string? Name, string Secret)
{
    /// <summary><c>Authorization: Bearer</c>, <c>Authorization: Basic</c> with the key's name as user, or <c>X-API-Key</c>; null for none.</summary>
    public static PresentedKey? Of(IHeaderDictionary headers)
    {
        const string Bearer = "Bearer ", Basic = "Basic ";
        var authorization = headers.Authorization.ToString();
        if (authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            return new PresentedKey(null, authorization[Bearer.Length..].Trim());
        if (authorization.StartsWith(Basic, StringComparison.OrdinalIgnoreCase))
            return OfBasic(authorization[Basic.Length..].Trim());
        return headers.TryGetValue("X-API-Key", out var key) ? new PresentedKey(null, key.ToString()) : null;
    }

    /// <summary>What cannot be read is a wrong key, not a missing one.</summary>
    private static PresentedKey OfBasic(string encoded)
    {
        var decoded = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded, decoded, out var length))
            return new PresentedKey(null, "");
        var pair = Encoding.UTF8.GetString(decoded, 0, length);
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? new PresentedKey(null, "") : new PresentedKey(pair[..colon], pair[(colon + 1)..]);
    }

    /// <summary>Without the secret.</summary>
    public override string ToString() => $"key {Name}";
}
