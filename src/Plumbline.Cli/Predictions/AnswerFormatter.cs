using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Plumbline.Datasets;
using Plumbline.Inference;
using Plumbline.Learning.Explanations;

namespace Plumbline.Cli.Predictions;

/// <summary>
/// Turns a batch of records into the bytes of their answers: label, its probability, then every label's. Floats are written in their shortest form
/// that reads back to the same bits. Thread-safe.
/// </summary>
/// <param name="explain">Contributions to explain each answer by; 0 for none.</param>
internal sealed class AnswerFormatter(Predictor predictor, AnswerFormat format, RecordInputs inputs, int explain)
{
    private const int NumberLength = 32;
    private const int RowLength = 128;

    private readonly byte[][] _csvLabels = [.. predictor.Labels.Select(label => Encoding.UTF8.GetBytes(Csv(label)))];
    private readonly JsonEncodedText[] _jsonLabels = [.. predictor.Labels.Select(label => JsonEncodedText.Encode(label, JavaScriptEncoder.UnsafeRelaxedJsonEscaping))];
    private readonly JsonEncodedText[] _jsonNames = [.. predictor.Labels.Select(label => JsonEncodedText.Encode("p_" + label, JavaScriptEncoder.UnsafeRelaxedJsonEscaping))];

    /// <summary>The header line, or nothing.</summary>
    public byte[] Header() => format == AnswerFormat.Csv
        ? Encoding.UTF8.GetBytes(string.Join(',', predictor.Labels.Select(label => Csv("p_" + label)).Prepend("probability").Prepend("label").Concat(explain > 0 ? ["explanation"] : [])) + "\n")
        : [];

    public ReadOnlyMemory<byte> Format(RecordBatch batch, CancellationToken cancellation)
    {
        var output = new ArrayBufferWriter<byte>(batch.Count * RowLength);
        var probabilities = new float[predictor.Labels.Count];
        using var json = format == AnswerFormat.Jsonl
            ? new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true })
            : null;
        var values = inputs.Read(batch, cancellation);
        var categories = new int[inputs.Categories];
        for (var record = 0; record < batch.Count; record++)
        {
            inputs.ReadCategories(batch, record, categories);
            var numeric = values.AsSpan(record * inputs.Width, inputs.Width);
            var chosen = predictor.Predict(batch.Text(record), numeric, probabilities, default, categories);
            var explanation = explain > 0 ? predictor.Explain(batch.Text(record), numeric, explain, categories) : null;
            if (json is null)
                WriteCsv(output, chosen, probabilities, explanation);
            else
                WriteJson(json, chosen, probabilities, explanation);
            json?.Flush();
            json?.Reset(output);
            output.Write("\n"u8);
        }
        return output.WrittenMemory;
    }

    private void WriteCsv(ArrayBufferWriter<byte> output, int chosen, float[] probabilities, Explanation? explanation)
    {
        output.Write(_csvLabels[chosen]);
        WriteNumber(output, probabilities[chosen]);
        foreach (var probability in probabilities)
            WriteNumber(output, probability);
        if (explanation is not null)
            output.Write(Encoding.UTF8.GetBytes("," + Csv(string.Join("; ", explanation.Contributions.Select(Describe)))));
    }

    private void WriteJson(Utf8JsonWriter json, int chosen, float[] probabilities, Explanation? explanation)
    {
        json.WriteStartObject();
        json.WriteString("label"u8, _jsonLabels[chosen]);
        json.WriteNumber("probability"u8, probabilities[chosen]);
        for (var label = 0; label < probabilities.Length; label++)
            json.WriteNumber(_jsonNames[label], probabilities[label]);
        if (explanation is not null)
        {
            json.WritePropertyName("explanation"u8);
            explanation.WriteTo(json, _jsonLabels[explanation.Label]);
        }
        json.WriteEndObject();
    }

    /// <summary>Features in brackets, as in the list of strongest features.</summary>
    private static string Describe(Contribution contribution) =>
        string.Create(CultureInfo.InvariantCulture, $"{(contribution.Place is null ? $"[{contribution.Name}]" : contribution.Name)} {contribution.LogOdds:+0.00;-0.00;0.00}");

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
