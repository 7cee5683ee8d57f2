using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Plumbline.Client;

/// <summary>Rows of a table, written while they are sent.</summary>
internal sealed class RowsContent : HttpContent
{
    private const int MostPending = 64 * 1024;

    private readonly IReadOnlyCollection<PredictionRow> _rows;
    private readonly PredictionOptions? _options;

    public RowsContent(IReadOnlyCollection<PredictionRow> rows, PredictionOptions? options)
    {
        (_rows, _options) = (rows, options);
        Headers.ContentType = new MediaTypeHeaderValue("application/json");
    }

    /// <summary>Called when some of them went out.</summary>
    public Action? Sent { get; set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await using var json = new Utf8JsonWriter(stream);
        json.WriteStartObject();
        RequestJson.WriteExplain(json, _options);
        json.WriteStartArray("data"u8);
        foreach (var row in _rows)
        {
            RequestJson.WriteRow(json, row);
            if (json.BytesPending <= MostPending)
                continue;
            await json.FlushAsync(cancellationToken);
            Sent?.Invoke();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
