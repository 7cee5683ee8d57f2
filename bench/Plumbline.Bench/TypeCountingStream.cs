namespace Plumbline.Bench;

/// <summary>Swallows CSV, counting the tokens of its quoted fields and, by 64-bit hash, their types.</summary>
internal sealed class TypeCountingStream(bool countTypes) : Stream
{
    private const ulong FnvOffset = 14695981039346656037, FnvPrime = 1099511628211;

    private readonly HashSet<ulong> _types = [];
    private ulong _hash = FnvOffset;
    private bool _quoted;
    private long _length;

    public long Tokens { get; private set; }

    public long Types => _types.Count;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _length;

    public override long Position { get => _length; set => throw new NotSupportedException(); }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _length += buffer.Length;
        if (!countTypes)
            return;
        foreach (var character in buffer)
        {
            _quoted ^= character == '"';
            if (!_quoted && character != '"')
                continue;
            if (char.IsAsciiLetterOrDigit((char)character) || character >= 0x80)
                _hash = (_hash ^ (uint)(character | 0x20)) * FnvPrime;
            else if (_hash != FnvOffset)
            {
                Tokens++;
                _types.Add(_hash);
                _hash = FnvOffset;
            }
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Write(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
