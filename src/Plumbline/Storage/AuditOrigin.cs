using System.Text.Json;
using System.Text.Json.Serialization;

namespace Plumbline.Storage;

/// <summary>From where an audited change comes. Whoever lets others in (a command, a request) sets it, and it goes along with the calls that follow, as a trace's context does.</summary>
/// <param name="Interface">Such as <c>cli</c> or <c>http</c>.</param>
/// <param name="Host">Of the process.</param>
/// <param name="Process">Its id.</param>
/// <param name="Client">Address of who asked; null where that is the process itself.</param>
/// <param name="Key">Name of the API key that was shown; null for none.</param>
public sealed record AuditOrigin(string Interface, string Host, int Process, string? Client = null, string? Key = null)
{
    private static readonly AuditOrigin Unsaid = Of("library");
    private static readonly AsyncLocal<AuditOrigin?> Ambient = new();

    /// <summary>That of the current call.</summary>
    public static AuditOrigin Current
    {
        get => Ambient.Value ?? Unsaid;
        set => Ambient.Value = value;
    }

    /// <summary>This process.</summary>
    public static AuditOrigin Of(string @interface, string? client = null, string? key = null) => new(@interface, Environment.MachineName, Environment.ProcessId, client, key);

    /// <summary>As the log keeps it.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, AuditJson.Default.AuditOrigin);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AuditOrigin))]
internal sealed partial class AuditJson : JsonSerializerContext;
