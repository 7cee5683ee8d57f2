using System.Globalization;
using Npgsql;

namespace Plumbline.Datasets.Sources;

/// <summary>The result of a query as it comes, with the connection that it comes over. Not thread-safe.</summary>
internal sealed class PostgresStream(PostgresQuery query, NpgsqlConnection connection, NpgsqlCopyTextReader copy, CancellationToken stop) : ForwardStream
{
    private readonly byte[] _block = new byte[256 << 10];
    private long _count;
    private bool _ended;
    private bool _disposed;

    public override int Read(Span<byte> buffer)
    {
        try
        {
            // The bytes below the reader of characters: what is read is UTF-8 anyhow.
            var read = copy.BaseStream.ReadAsync(_block, 0, Math.Min(_block.Length, buffer.Length), stop).GetAwaiter().GetResult();
            _block.AsSpan(0, read).CopyTo(buffer);
            _count += read;
            _ended = read == 0;
            return read;
        }
        catch (Exception e) when (e is NpgsqlException or IOException or TimeoutException)
        {
            _ended = true;
            var what = string.Create(CultureInfo.InvariantCulture, $"broke off after {_count} bytes: {query.Describe(e)}");
            throw PostgresQuery.IsLoss(e)
                ? new DatasetException($"{query.Name} {what}. It cannot be taken up again midway; run it once more", new ResultLostException($"the result {what}", e))
                : new DatasetException($"{query.Name} {what}", e);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            try
            {
                // Without it the rest of the result would be read first.
                if (!_ended)
                    copy.Cancel();
                copy.Dispose();
                connection.Dispose();
            }
            catch (Exception e) when (e is NpgsqlException or IOException or OperationCanceledException or InvalidOperationException)
            {
                // Nobody wants the rest, nor why it did not come.
                connection.Dispose();
            }
        }
        base.Dispose(disposing);
    }
}
