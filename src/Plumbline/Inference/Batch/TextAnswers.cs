using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Plumbline.Datasets.Output;
using Plumbline.Datasets.Sources;
using Plumbline.Learning.Explanations;

namespace Plumbline.Inference.Batch;

/// <summary>
/// Turns rows and their answers into CSV or JSON lines. Floats are written in their shortest form that reads back to the same bits. Thread-safe.
/// </summary>
internal sealed class TextAnswers
{
    private const int NumberLength = 32;
    private const int RowLength = 128;

    private static readonly SearchValues<byte> Special = SearchValues.Create(",\"\r\n"u8);

    private readonly BatchOptions _options;
    private readonly KeptColumn[] _kept;
    private readonly string[] _names;
    private readonly byte[][] _csvLabels;
    private readonly byte[] _csvVersion;
    private readonly byte[] _csvUnanswered;
    private readonly JsonEncodedText[] _jsonLabels;
    private readonly JsonEncodedText[] _jsonNames;
    private readonly JsonEncodedText[] _jsonKept;

    public TextAnswers(IPredictor predictor, BatchOptions options, KeptColumn[] kept)
    {
        (_options, _kept) = (options, kept);
        _names = [.. kept.Select(column => column.Name), .. AnswerColumns.Names(predictor, options)];
        _csvLabels = [.. predictor.Labels.Select(label => Encoding.UTF8.GetBytes(Csv(label)))];
        _csvVersion = options.Version is null ? [] : Encoding.UTF8.GetBytes("," + Csv(options.Version));
        _csvUnanswered = Encoding.UTF8.GetBytes(new string(',', predictor.Labels.Count + 1));
        _jsonLabels = [.. predictor.Labels.Select(Encode)];
        _jsonNames = [.. predictor.Labels.Select(label => Encode(AnswerColumns.OfLabel(label)))];
        _jsonKept = [.. kept.Select(column => Encode(column.Name))];
    }

    /// <summary>The header line, or nothing.</summary>
    public byte[] Header() => _options.Format == AnswerFormat.Csv ? Encoding.UTF8.GetBytes(string.Join(',', _names.Select(Csv)) + "\n") : [];

    public ReadOnlyMemory<byte> Format(AnsweredBatch batch, Explanation?[]? explanations)
    {
        var output = new ArrayBufferWriter<byte>(Math.Max(1, batch.Input.Count) * RowLength);
        using var json = _options.Format == AnswerFormat.Jsonl
            ? new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true })
            : null;
        for (var row = 0; row < batch.Input.Count; row++)
        {
            if (json is null)
                WriteCsv(output, batch, row, explanations?[row]);
            else
                WriteJson(json, batch, row, explanations?[row]);
            json?.Flush();
            json?.Reset(output);
            output.Write("\n"u8);
        }
        return output.WrittenMemory;
    }

    private static ReadOnlySpan<float> ProbabilitiesOf(AnsweredBatch batch, int row, int labels) => batch.Probabilities.AsSpan(row * labels, labels);

    private void WriteCsv(ArrayBufferWriter<byte> output, AnsweredBatch batch, int row, Explanation? explanation)
    {
        foreach (var column in _kept)
        {
            Append(output, batch.Input.Fields!, column.Index, row);
            output.Write(","u8);
        }
        var chosen = batch.Chosen[row];
        if (chosen < 0)
        {
            output.Write(_csvUnanswered);
        }
        else
        {
            var probabilities = ProbabilitiesOf(batch, row, _csvLabels.Length);
            output.Write(_csvLabels[chosen]);
            WriteNumber(output, probabilities[chosen]);
            foreach (var probability in probabilities)
                WriteNumber(output, probability);
        }
        output.Write(_csvVersion);
        if (_options.Explain > 0)
            output.Write(Encoding.UTF8.GetBytes("," + (explanation is null ? "" : Csv(string.Join("; ", explanation.Contributions.Select(Describe))))));
    }

    private void WriteJson(Utf8JsonWriter json, AnsweredBatch batch, int row, Explanation? explanation)
    {
        json.WriteStartObject();
        for (var i = 0; i < _kept.Length; i++)
        {
            json.WritePropertyName(_jsonKept[i]);
            JsonLinesWriter.Write(json, batch.Input.Fields!.Field(_kept[i].Index, row), _kept[i].Type);
        }
        var chosen = batch.Chosen[row];
        if (chosen < 0)
            WriteUnanswered(json);
        else
            WriteAnswer(json, chosen, ProbabilitiesOf(batch, row, _jsonLabels.Length));
        if (_options.Version is not null)
            json.WriteString(AnswerColumns.Version, _options.Version);
        if (_options.Explain > 0)
            WriteExplanation(json, explanation);
        json.WriteEndObject();
    }

    private void WriteAnswer(Utf8JsonWriter json, int chosen, ReadOnlySpan<float> probabilities)
    {
        json.WriteString("label"u8, _jsonLabels[chosen]);
        json.WriteNumber("probability"u8, probabilities[chosen]);
        for (var label = 0; label < probabilities.Length; label++)
            json.WriteNumber(_jsonNames[label], probabilities[label]);
    }

    private void WriteUnanswered(Utf8JsonWriter json)
    {
        json.WriteNull("label"u8);
        json.WriteNull("probability"u8);
        foreach (var name in _jsonNames)
            json.WriteNull(name);
    }

    private void WriteExplanation(Utf8JsonWriter json, Explanation? explanation)
    {
        json.WritePropertyName(AnswerColumns.Explanation);
        if (explanation is null)
            json.WriteNullValue();
        else
            explanation.WriteTo(json, _jsonLabels[explanation.Label]);
    }

    /// <summary>Features in brackets, as in the list of strongest features.</summary>
    private static string Describe(Contribution contribution) =>
        string.Create(CultureInfo.InvariantCulture, $"{(contribution.Place is null ? $"[{contribution.Name}]" : contribution.Name)} {contribution.LogOdds:+0.00;-0.00;0.00}");

    private static void Append(ArrayBufferWriter<byte> output, FieldBatch fields, int column, int row)
    {
        var field = fields.Field(column, row);
        if (field.ContainsAny(Special))
            DelimitedWriter.AppendQuoted(output, field);
        else
            output.Write(field);
    }

    private static void WriteNumber(ArrayBufferWriter<byte> output, float value)
    {
        var target = output.GetSpan(NumberLength);
        target[0] = (byte)',';
        if (!Utf8Formatter.TryFormat(value, target[1..], out var written))
            throw new InvalidOperationException($"{value} does not fit in {NumberLength} bytes.");
        output.Advance(written + 1);
    }

    private static JsonEncodedText Encode(string text) => JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);

    private static string Csv(string value) =>
        value.AsSpan().ContainsAny(",\"\r\n") ? $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : value;
}
