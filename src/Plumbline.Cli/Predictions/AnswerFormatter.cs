using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Plumbline.Datasets;
using Plumbline.Features;
using Plumbline.Inference;

namespace Plumbline.Cli.Predictions;

/// <summary>
/// Turns a batch of records into the bytes of their answers: label, its probability, then every label's. Floats are written in their shortest form
/// that reads back to the same bits. Thread-safe.
/// </summary>
internal sealed class AnswerFormatter(Predictor predictor, AnswerFormat format, ContractTally tally)
{
    private const int NumberLength = 32;
    private const int RowLength = 128;

    private readonly byte[][] _csvLabels = [.. predictor.Labels.Select(label => Encoding.UTF8.GetBytes(Csv(label)))];
    private readonly JsonEncodedText[] _jsonLabels = [.. predictor.Labels.Select(label => JsonEncodedText.Encode(label, JavaScriptEncoder.UnsafeRelaxedJsonEscaping))];
    private readonly JsonEncodedText[] _jsonNames = [.. predictor.Labels.Select(label => JsonEncodedText.Encode("p_" + label, JavaScriptEncoder.UnsafeRelaxedJsonEscaping))];

    /// <summary>The header line, or nothing.</summary>
    public byte[] Header() => format == AnswerFormat.Csv
        ? Encoding.UTF8.GetBytes(string.Join(',', predictor.Labels.Select(label => Csv("p_" + label)).Prepend("probability").Prepend("label")) + "\n")
        : [];

    public ReadOnlyMemory<byte> Format(RecordBatch batch)
    {
        var output = new ArrayBufferWriter<byte>(batch.Count * RowLength);
        var probabilities = new float[predictor.Labels.Count];
        using var json = format == AnswerFormat.Jsonl
            ? new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true })
            : null;
        tally.Count(batch);
        for (var record = 0; record < batch.Count; record++)
        {
            var chosen = predictor.Predict(batch, record, probabilities);
            if (json is null)
                WriteCsv(output, chosen, probabilities);
            else
                WriteJson(json, chosen, probabilities);
            json?.Flush();
            json?.Reset(output);
            output.Write("\n"u8);
        }
        return output.WrittenMemory;
    }

    private void WriteCsv(ArrayBufferWriter<byte> output, int chosen, float[] probabilities)
    {
        output.Write(_csvLabels[chosen]);
        WriteNumber(output, probabilities[chosen]);
        foreach (var probability in probabilities)
            WriteNumber(output, probability);
    }

    private void WriteJson(Utf8JsonWriter json, int chosen, float[] probabilities)
    {
        json.WriteStartObject();
        json.WriteString("label"u8, _jsonLabels[chosen]);
        json.WriteNumber("probability"u8, probabilities[chosen]);
        for (var label = 0; label < probabilities.Length; label++)
            json.WriteNumber(_jsonNames[label], probabilities[label]);
        json.WriteEndObject();
    }

    private static void WriteNumber(ArrayBufferWriter<byte> output, float value)
    {
        var target = output.GetSpan(NumberLength);
        target[0] = (byte)',';
        if (!Utf8Formatter.TryFormat(value, target[1..], out var written))
            throw new InvalidOperationException($"{value} does not fit in {NumberLength} bytes.");
        output.Advance(written + 1);
    }

    private static string Csv(string value) =>
        value.AsSpan().ContainsAny(",\"\r\n") ? $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : value;
}
