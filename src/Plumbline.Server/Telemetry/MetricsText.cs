using System.Globalization;
using System.Text;

namespace Plumbline.Server.Telemetry;

/// <summary>One value of a metric as <c>/metrics</c> tells it.</summary>
internal sealed record MetricSample(double Value, KeyValuePair<string, object?>[] Labels);

/// <summary>A counter or gauge as <c>/metrics</c> tells it.</summary>
internal sealed record MetricFamily(string Name, string Help, bool IsCounter, List<MetricSample> Samples);

/// <summary>Reads Prometheus' text format 0.0.4 as this program writes it.</summary>
internal static class MetricsText
{
    /// <summary>Counters and gauges, whether they have values or not; histograms are passed over.</summary>
    public static List<MetricFamily> Read(TextReader text)
    {
        var families = new List<MetricFamily>();
        var (help, isRead) = ("", false);
        while (text.ReadLine() is { } line)
        {
            var words = line.Split(' ', 4);
            if (words is ["#", "HELP", _, var told])
                help = told;
            else if (words is ["#", "TYPE", var name, var type] && (isRead = type is "counter" or "gauge"))
                families.Add(new MetricFamily(name, help, type == "counter", []));
            else if (isRead && line is not ("" or ['#', ..]))
                families[^1].Samples.Add(ReadSample(line));
        }
        return families;
    }

    private static MetricSample ReadSample(string line)
    {
        var labels = new List<KeyValuePair<string, object?>>();
        var at = line.AsSpan().IndexOfAny('{', ' ');
        while (line[at] is '{' or ',')
        {
            var equals = line.IndexOf('=', at);
            var name = line[(at + 1)..equals];
            labels.Add(new(name, ReadValue(line, equals + 2, out at)));
            if (line[at] == '}')
                at++;
        }
        var value = line.AsSpan(at + 1);
        return new MetricSample(value is "+Inf" ? double.PositiveInfinity : value is "-Inf" ? double.NegativeInfinity : double.Parse(value, CultureInfo.InvariantCulture), [.. labels]);
    }

    /// <param name="at">Behind the opening quote.</param>
    /// <param name="end">Behind the closing one.</param>
    private static string ReadValue(string line, int at, out int end)
    {
        var value = new StringBuilder();
        for (; line[at] != '"'; at++)
        {
            if (line[at] == '\\')
                value.Append(line[++at] == 'n' ? '\n' : line[at]);
            else
                value.Append(line[at]);
        }
        end = at + 1;
        return value.ToString();
    }
}
