using System.Text.Encodings.Web;
using System.Text.Json;
using Plumbline.Datasets.Sources;

namespace Plumbline.Datasets.Output;

/// <summary>One JSON object a line; a missing value is null, a number or truth value of a column of such stands without quotes.</summary>
internal sealed class JsonLinesWriter(Stream output, SourceSchema schema) : RecordWriter
{
    private readonly Utf8JsonWriter _json = new(output, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    private readonly JsonEncodedText[] _names = [.. schema.Columns.Select(column => JsonEncodedText.Encode(column.Name, JavaScriptEncoder.UnsafeRelaxedJsonEscaping))];
    private readonly FieldType[] _types = [.. schema.Columns.Select(column => column.Type)];

    public override void Complete() => output.Flush();

    protected override void Write(FieldBatch records, int record)
    {
        _json.WriteStartObject();
        for (var column = 0; column < records.Columns; column++)
        {
            _json.WritePropertyName(_names[column]);
            Write(_json, records.Field(column, record), _types[column]);
        }
        _json.WriteEndObject();
        _json.Flush();
        _json.Reset();
        output.Write("\n"u8);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _json.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>A missing value is null, a number or truth value of a column of such stands without quotes.</summary>
    internal static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> field, FieldType type)
    {
        if (field.IsEmpty)
            json.WriteNullValue();
        else if (type is FieldType.Integer or FieldType.Number ? IsNumber(field) : type == FieldType.Boolean && (field.SequenceEqual("true"u8) || field.SequenceEqual("false"u8)))
            json.WriteRawValue(field, skipInputValidation: true);
        else
            json.WriteStringValue(field);
    }

    /// <summary>RFC 8259, section 6: no leading zero or plus, digits on both sides of a point.</summary>
    private static bool IsNumber(ReadOnlySpan<byte> field)
    {
        var digits = field[0] == '-' ? field[1..] : field;
        var point = digits.IndexOf((byte)'.');
        return digits.Length > 0 && char.IsAsciiDigit((char)digits[0]) && char.IsAsciiDigit((char)digits[^1])
            && !(digits.Length > 1 && digits[0] == '0' && char.IsAsciiDigit((char)digits[1]))
            && (point < 0 || char.IsAsciiDigit((char)digits[point + 1])) && FieldCleaning.TryNumber(field, out _);
    }
}
