using System.Text.Json;
using System.Text.Json.Serialization;
using Plumbline.Storage;

namespace Plumbline.Inference.Routing;

/// <summary>The stable version that a server of a model served last, as a file: with it a server starts while the metadata store is gone.</summary>
/// <param name="Bundle">Path of the bundle directory, or of a graph of ONNX.</param>
/// <param name="Since">Unix ms.</param>
public sealed record LastGoodVersion(string Model, long Version, string Bundle, long Since)
{
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Write(string file) => AtomicFile.Write(file, stream => JsonSerializer.Serialize(stream, this, LastGoodJson.Default.LastGoodVersion));

    /// <returns>Null where there is none that can be read, or its model is gone.</returns>
    public static LastGoodVersion? TryRead(string file)
    {
        try
        {
            var found = JsonSerializer.Deserialize(File.ReadAllBytes(file), LastGoodJson.Default.LastGoodVersion);
            return found is not null && Path.Exists(found.Bundle) ? found : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(LastGoodVersion))]
internal sealed partial class LastGoodJson : JsonSerializerContext;
