namespace Plumbline.Client;

/// <summary>How a request is to be answered. Immutable.</summary>
public sealed record PredictionOptions
{
    /// <summary>By how many words and features at most each answer is explained, 0 to 50; 0 for none.</summary>
    public int Explain { get; init; }

    /// <summary>
    /// What a version is chosen by where several share the traffic, 1 to 128 visible ASCII characters: requests with the same route have the same version. Null sends the last one, where the client keeps it.
    /// </summary>
    public string? Route { get; init; }

    /// <summary>Name of the request in logs and errors, 1 to 128 visible ASCII characters; made if null. Tries of one request share it.</summary>
    public string? RequestId { get; init; }
}
