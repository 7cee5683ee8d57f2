using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Plumbline.Server.Telemetry;

/// <summary>One JSON object a line, written whole, with the ids of the trace that it belongs to. Thread-safe. The writer stays its owner's.</summary>
/// <param name="exported">Gets every line, too; null where nobody does.</param>
internal sealed class JsonLinesLogger(TextWriter output, TimeProvider time, ILoggerFactory? exported = null) : ILoggerProvider
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly Lock _lock = new();

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName, exported?.CreateLogger(categoryName));

    /// <summary>The log of a class.</summary>
    public ILogger Of<T>() => CreateLogger(typeof(T).FullName!);

    public void Dispose()
    {
    }

    private void Write(string category, LogLevel level, EventId id, string message, object? state, Exception? exception)
    {
        var line = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(line, Options))
        {
            json.WriteStartObject();
            json.WriteString("time", time.GetUtcNow().UtcDateTime);
            json.WriteString("level", level.ToString().ToLowerInvariant());
            json.WriteString("category", category);
            if (id.Id != 0)
                json.WriteNumber("event", id.Id);
            json.WriteString("message", message);
            if (Activity.Current is { } span)
                WriteTrace(json, span);
            if (state is IReadOnlyList<KeyValuePair<string, object?>> members)
                WriteMembers(json, members);
            if (exception is not null)
                json.WriteString("exception", exception.ToString());
            json.WriteEndObject();
        }
        lock (_lock)
        {
            output.WriteLine(Encoding.UTF8.GetString(line.WrittenSpan));
            output.Flush();
        }
    }

    private static void WriteTrace(Utf8JsonWriter json, Activity span)
    {
        json.WriteString("trace_id", span.TraceId.ToHexString());
        // What is not recorded leads nowhere.
        if (span.Recorded)
            json.WriteString("span_id", span.SpanId.ToHexString());
    }

    private static void WriteMembers(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>> members)
    {
        foreach (var (name, value) in members)
        {
            if (name == "{OriginalFormat}")
                continue;
            json.WritePropertyName(JsonNamingPolicy.SnakeCaseLower.ConvertName(name));
            switch (value)
            {
                case null:
                    json.WriteNullValue();
                    break;
                case int number:
                    json.WriteNumberValue(number);
                    break;
                case double number when double.IsFinite(number):
                    json.WriteNumberValue(number);
                    break;
                default:
                    json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
                    break;
            }
        }
    }

    private sealed class Category(JsonLinesLogger owner, string name, ILogger? exported) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            owner.Write(name, logLevel, eventId, formatter(state, exception), state, exception);
            exported?.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
