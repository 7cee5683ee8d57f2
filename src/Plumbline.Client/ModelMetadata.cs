using System.Text.Json;

namespace Plumbline.Client;

/// <summary>What a server says of its model.</summary>
/// <param name="Name">Registered; null where it is not.</param>
/// <param name="Digest">SHA-256 of the bundle.</param>
/// <param name="Labels">In the order of probabilities.</param>
/// <param name="Contract">The feature contract, as the server writes it; likewise <paramref name="Training"/> and <paramref name="Metrics"/>.</param>
/// <param name="DriftProne">Features whose last values are missing, out of range or unknown more often than in training.</param>
public sealed record ModelMetadata(
    string? Name, string Version, string Digest, IReadOnlyList<string> Labels, JsonElement Contract, JsonElement Training, JsonElement Metrics, IReadOnlyList<string> DriftProne);
