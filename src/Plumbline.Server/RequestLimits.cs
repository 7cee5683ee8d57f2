namespace Plumbline.Server;

/// <summary>How large a request may be: <c>server.limits</c> of <c>plumbline.yaml</c>.</summary>
public sealed record RequestLimits
{
    public int BodyBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Texts or rows of a request.</summary>
    public int Items { get; init; } = 1000;

    /// <summary>Unicode scalar values of a text.</summary>
    public int TextLength { get; init; } = 20_000;

    /// <summary>Texts or rows of a request that is answered as a stream.</summary>
    public int StreamItems { get; init; } = 100_000;

    /// <summary>Whole body of rows that are answered as a stream; it waits on disk.</summary>
    public int StreamBytes { get; init; } = 256 * 1024 * 1024;

    /// <summary>Nested arrays and objects; the deepest that the interface itself needs is 3.</summary>
    public int JsonDepth { get; init; } = 8;

    internal IEnumerable<string> Faults()
    {
        if (BodyBytes < 1)
            yield return $"server.limits.body_bytes: {BodyBytes} is not at least 1.";
        if (Items < 1)
            yield return $"server.limits.items: {Items} is not at least 1.";
        if (TextLength < 1)
            yield return $"server.limits.text_length: {TextLength} is not at least 1.";
        if (StreamItems < 1)
            yield return $"server.limits.stream_items: {StreamItems} is not at least 1.";
        if (StreamBytes < 1)
            yield return $"server.limits.stream_bytes: {StreamBytes} is not at least 1.";
        if (JsonDepth is < 3 or > 64)
            yield return $"server.limits.json_depth: {JsonDepth} is not between 3 and 64.";
    }
}
