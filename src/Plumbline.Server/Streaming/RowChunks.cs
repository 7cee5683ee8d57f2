using System.Buffers;
using Plumbline.Server.Predictions;
using Plumbline.Server.Problems;

namespace Plumbline.Server.Streaming;

/// <summary>The rows of a body of <c>POST /batch_predict</c> that can be read twice, a few at a time.</summary>
internal sealed class RowChunks : IRequestChunks
{
    private readonly RowReader _rows;
    private readonly byte[] _explain;

    private RowChunks(RowReader rows, int count, byte[] explain) => (_rows, Count, _explain) = (rows, count, explain);

    public int Count { get; }

    public ReadRequest Read => BatchRequestReader.Read;

    /// <summary>Reads the whole body once, so that what is no JSON is refused before the first answer.</summary>
    /// <param name="body">At its begin, and able to go back there.</param>
    /// <exception cref="ProblemException">It is not what the interface says.</exception>
    public static async Task<RowChunks> ReadAsync(Stream body, RequestLimits limits, CancellationToken cancellation)
    {
        var rows = new RowReader(body, limits);
        while (await rows.ReadAsync(cancellation))
        {
            if (rows.Rows > limits.StreamItems)
                throw RequestJson.Invalid(new JsonPath("$.data"), $"must not have more than {limits.StreamItems} rows");
        }
        if (!rows.HasData)
            throw RequestJson.Invalid(new JsonPath("$"), "must have data");
        if (rows.Rows == 0)
            throw RequestJson.Invalid(new JsonPath("$.data"), "must not be empty");
        body.Position = 0;
        return new RowChunks(new RowReader(body, limits), rows.Rows, rows.Explain);
    }

    public async ValueTask<int> NextAsync(int most, ArrayBufferWriter<byte> body, CancellationToken cancellation)
    {
        body.Write(_explain.Length == 0 ? "{"u8 : "{\"explain\":"u8);
        body.Write(_explain);
        body.Write(_explain.Length == 0 ? "\"data\":["u8 : ",\"data\":["u8);
        var count = 0;
        while (count < most && body.WrittenCount < EventStream.MostChunkBytes && await _rows.ReadAsync(cancellation))
        {
            if (count++ > 0)
                body.Write(","u8);
            body.Write(_rows.Row);
        }
        body.Write("]}"u8);
        return count;
    }
}
