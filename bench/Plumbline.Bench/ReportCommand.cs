using System.Text.Json;

namespace Plumbline.Bench;

/// <summary>
/// Reads what bench/run measured (one JSON line a measurement: "tool", "of" and numbers) and prints, for each thing
/// measured, the median of each tool and, in brackets, how many times as much Plumbline has; then the same as one JSON
/// line. What only one tool reports stays out.
/// </summary>
internal static class ReportCommand
{
    private const string Baseline = "plumbline";

    public static async Task<int> RunAsync(string[] args)
    {
        var samples = new List<(string Of, string Metric, string Tool, double Value)>();
        await foreach (var line in File.ReadLinesAsync(args[0]))
        {
            var measurement = JsonDocument.Parse(line).RootElement;
            var tool = measurement.GetProperty("tool").GetString()!;
            var of = measurement.GetProperty("of").GetString()!;
            samples.AddRange(Numbers(measurement).Select(number => (of, number.Name, tool, number.Value)));
        }

        var rows = samples.GroupBy(sample => (sample.Of, sample.Metric)).Select(row => new
        {
            of = row.Key.Of,
            metric = row.Key.Metric,
            tools = row.GroupBy(sample => sample.Tool).ToDictionary(tool => tool.Key, tool => Median(tool.Select(sample => sample.Value))),
        }).Where(row => row.tools.Count > 1).ToList();
        foreach (var table in rows.GroupBy(row => row.of))
        {
            var tools = table.SelectMany(row => row.tools.Keys).Distinct().OrderBy(tool => tool != Baseline).ToArray();
            Console.WriteLine($"\n{table.Key}\n| metric | {string.Join(" | ", tools)} |\n|---|{string.Concat(Enumerable.Repeat("---:|", tools.Length))}");
            foreach (var row in table)
                Console.WriteLine($"| {row.metric} | {string.Join(" | ", tools.Select(tool => Cell(row.tools, tool)))} |");
        }
        Console.WriteLine($"\n{JsonSerializer.Serialize(rows)}");
        return 0;
    }

    /// <summary>All numbers, those of a nested "result" (what a tool printed) too.</summary>
    private static IEnumerable<(string Name, double Value)> Numbers(JsonElement measurement)
    {
        foreach (var property in measurement.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Number)
                yield return (property.Name, property.Value.GetDouble());
            else if (property.NameEquals("result"))
            {
                foreach (var number in Numbers(property.Value))
                    yield return number;
            }
        }
    }

    private static string Cell(Dictionary<string, double> tools, string tool)
    {
        if (!tools.TryGetValue(tool, out var value))
            return "–";
        var ratio = tool != Baseline && value != 0 && tools.TryGetValue(Baseline, out var baseline) ? $" ({baseline / value:0.00#}x)" : "";
        return $"{value:#,0.####}{ratio}";
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
