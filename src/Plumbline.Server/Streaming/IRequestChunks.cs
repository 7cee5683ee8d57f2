using System.Buffers;
using Plumbline.Server.Predictions;

namespace Plumbline.Server.Streaming;

/// <summary>A long request, given in bodies of its own form that each have some of its texts. For one caller at a time.</summary>
internal interface IRequestChunks
{
    /// <summary>Texts of all.</summary>
    int Count { get; }

    /// <summary>How bodies are read.</summary>
    ReadRequest Read { get; }

    /// <param name="most">Texts to give, at least 1; fewer where they are long.</param>
    /// <param name="body">Receives the next body.</param>
    /// <returns>Texts in it.</returns>
    ValueTask<int> NextAsync(int most, ArrayBufferWriter<byte> body, CancellationToken cancellation);
}
