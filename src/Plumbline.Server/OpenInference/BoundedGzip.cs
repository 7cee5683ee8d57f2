using System.IO.Compression;
using Grpc.Core;
using Grpc.Net.Compression;

namespace Plumbline.Server.OpenInference;

/// <summary>gzip of messages, whose size holds for what they become, too: a message that is a thousand times as large unpacked is none that was allowed.</summary>
/// <param name="most">Bytes of a message.</param>
internal sealed class BoundedGzip(long most) : ICompressionProvider
{
    public string EncodingName => "gzip";

    public Stream CreateCompressionStream(Stream stream, CompressionLevel? compressionLevel) => new GZipStream(stream, compressionLevel ?? CompressionLevel.Fastest, leaveOpen: true);

    public Stream CreateDecompressionStream(Stream stream) => new Bounded(stream, most);

    private sealed class Bounded(Stream packed, long most) : GZipStream(packed, CompressionMode.Decompress)
    {
        private long _read;

        // All ways to read that a derived stream has lead here, but for those below.
        public override int Read(byte[] buffer, int offset, int count) => Count(base.Read(buffer, offset, count));

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => Task.FromResult(Read(buffer, offset, count));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));

        public override void CopyTo(Stream destination, int bufferSize)
        {
            var buffer = new byte[bufferSize];
            for (int read; (read = Read(buffer, 0, bufferSize)) > 0;)
                destination.Write(buffer, 0, read);
        }

        public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
        {
            CopyTo(destination, bufferSize);
            return Task.CompletedTask;
        }

        private int Count(int read) => (_read += read) <= most ? read
            : throw new RpcException(new Status(StatusCode.ResourceExhausted, FormattableString.Invariant($"A message may have {most} bytes, unpacked too.")));
    }
}
