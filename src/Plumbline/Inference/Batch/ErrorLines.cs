using System.Text.Encodings.Web;
using System.Text.Json;

namespace Plumbline.Inference.Batch;

/// <summary>Writes what is wrong with rows as JSON lines; never what they say.</summary>
internal static class ErrorLines
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(Stream output, AnsweredBatch batch)
    {
        if (batch.Faults.Count == 0)
            return;
        using var json = new Utf8JsonWriter(output, Options);
        foreach (var fault in batch.Faults)
        {
            json.WriteStartObject();
            json.WriteNumber("row"u8, batch.Input.FirstRow + fault.Record + 1);
            json.WriteString("file"u8, batch.Input.File);
            json.WriteNumber("file_row"u8, batch.Input.Fields!.Row(fault.Record));
            json.WriteString("column"u8, fault.Column);
            json.WriteString("reason"u8, JsonNamingPolicy.SnakeCaseLower.ConvertName(fault.Reason.ToString()));
            json.WriteString("detail"u8, fault.Detail);
            json.WriteEndObject();
            json.Flush();
            json.Reset();
            output.Write("\n"u8);
        }
    }
}
