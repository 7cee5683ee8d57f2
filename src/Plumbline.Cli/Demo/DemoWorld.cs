using System.Globalization;
using System.Text;
using System.Text.Json;
using Plumbline.Datasets;
using Plumbline.Datasets.Drift;
using Plumbline.Datasets.Generation;
using Plumbline.Datasets.Output;
using Plumbline.Storage;

namespace Plumbline.Cli.Demo;

/// <summary>What happens, in the order of time: records that a first model learns from, records like them, and records of a world that has moved.</summary>
internal sealed class DemoWorld
{
    /// <summary>A server takes no longer ones unless it is told to.</summary>
    private const int MostCharacters = 20_000;

    private readonly List<DemoRow> _rows;
    private int _next;

    private DemoWorld(List<DemoRow> rows, int known) => (_rows, _next) = (rows, known);

    /// <summary>Records that are still to come.</summary>
    public int Left => _rows.Count - _next;

    public DateTimeOffset? Now => _next < _rows.Count ? _rows[_next].Time : null;

    /// <summary>Made up, or read from a file in the order of its times, with drift injected where the calm part ends.</summary>
    /// <param name="file">Null: generated reviews.</param>
    /// <param name="training">Receives what the first model learns from.</param>
    /// <exception cref="DatasetException">The file cannot be used.</exception>
    public static async Task<DemoWorld> MakeAsync(SourceOptions? file, DemoWorldOptions options, string folder, string training, CancellationToken cancellation)
    {
        var home = new Home(Path.Combine(folder, "scratch"));
        var source = file ?? new SourceOptions { Path = await GenerateAsync(options, folder, cancellation) };
        var rows = Read(source, options with { Kinds = [DriftInjectionKind.Length], Strength = 0 }, 0, folder, home, cancellation);
        if (rows.All(row => row.Time is not null))
            rows = [.. rows.OrderBy(row => row.Time)];
        if (rows.Count < options.Known + options.Calm)
            throw new DatasetException(FormattableString.Invariant($"{source.Path} has {rows.Count:n0} records with a text and a label; {options.Known + options.Calm:n0} are needed before anything moves"));
        var known = (int)options.Known;
        if (options.Kinds.Count > 0)
        {
            var ordered = Path.Combine(folder, "ordered.jsonl");
            Write(ordered, rows);
            rows = Read(new SourceOptions { Path = ordered, Text = "text", Label = "label", Time = "time" }, options, (double)(options.Known + options.Calm) / rows.Count, folder, home, cancellation);
        }
        Write(training, rows.Take(known));
        return new DemoWorld(rows, known);
    }

    /// <summary>The next records; fewer where the world ends.</summary>
    public IReadOnlyList<DemoRow> Take(int rows)
    {
        var taken = _rows.GetRange(_next, Math.Min(rows, Left));
        _next += taken.Count;
        return taken;
    }

    private static async Task<string> GenerateAsync(DemoWorldOptions options, string folder, CancellationToken cancellation)
    {
        var path = Path.Combine(folder, "generated.csv");
        await using var stream = File.Create(path);
        await new ReviewGenerator(new ReviewGeneratorOptions { Rows = options.Known + options.Calm + options.Moved, Seed = options.Seed }).WriteCsvAsync(stream, cancellationToken: cancellation);
        return path;
    }

    /// <param name="from">Share of the records before anything moves.</param>
    private static List<DemoRow> Read(SourceOptions source, DemoWorldOptions options, double from, string folder, Home home, CancellationToken cancellation)
    {
        var injection = new DriftInjectionOptions { Kinds = options.Kinds, Strength = options.Strength, Axis = DriftAxis.Position, From = from, Seed = options.Seed };
        var path = Path.Combine(folder, "read.jsonl");
        SchemaMapping mapping;
        using (var stream = File.Create(path))
            mapping = DriftedCopy.Write(source, injection, RecordFormat.JsonLines, stream, home, Environment.ProcessorCount, stop: cancellation).Mapping;
        var rows = new List<DemoRow>();
        foreach (var line in File.ReadLines(path))
        {
            using var record = JsonDocument.Parse(line);
            if (Field(record, mapping.Text.Name) is { Length: > 0 and <= MostCharacters } text && Field(record, mapping.Label!.Name) is { Length: > 0 } label)
                rows.Add(new DemoRow(text, label, mapping.Time is { } time ? TimeOf(Field(record, time.Name)) : null));
        }
        File.Delete(path);
        return rows;
    }

    private static void Write(string path, IEnumerable<DemoRow> rows)
    {
        using var writer = new StreamWriter(path, append: false, new UTF8Encoding(false));
        foreach (var row in rows)
            writer.WriteLine(JsonSerializer.Serialize(new Dictionary<string, string?> { ["text"] = row.Text, ["label"] = row.Label, ["time"] = row.Time?.UtcDateTime.ToString("o", CultureInfo.InvariantCulture) }));
    }

    private static string? Field(JsonDocument record, string name) => !record.RootElement.TryGetProperty(name, out var field) || field.ValueKind == JsonValueKind.Null ? null
        : field.ValueKind == JsonValueKind.String ? field.GetString() : field.GetRawText();

    private static DateTimeOffset? TimeOf(string? text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < DateTimeOffset.MaxValue.ToUnixTimeSeconds() ? DateTimeOffset.FromUnixTimeSeconds(seconds)
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;
}

/// <summary>How large the parts of the world are, and how it moves.</summary>
/// <param name="Known">Records that the first model learns from.</param>
/// <param name="Calm">Records after these that are as they were.</param>
/// <param name="Moved">Records after these, where they are generated.</param>
/// <param name="Kinds">None: it moves as the records themselves do.</param>
internal sealed record DemoWorldOptions(long Known, long Calm, long Moved, IReadOnlyList<DriftInjectionKind> Kinds, double Strength, ulong Seed);
