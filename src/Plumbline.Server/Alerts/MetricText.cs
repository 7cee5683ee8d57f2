using System.Globalization;
using System.Text;
using Plumbline.Monitoring.Alerts;

namespace Plumbline.Server.Alerts;

/// <summary>Reads Prometheus' text format 0.0.4, as this server writes it.</summary>
internal static class MetricText
{
    /// <param name="names">Metrics that are wanted.</param>
    public static IEnumerable<AlertObservation> Read(string text, IReadOnlySet<string> names)
    {
        foreach (var line in text.Split('\n'))
        {
            if (line.Length == 0 || line[0] == '#')
                continue;
            var end = line.AsSpan().IndexOfAny('{', ' ');
            if (end < 0 || !names.Contains(line[..end]))
                continue;
            var labels = new Dictionary<string, string>(StringComparer.Ordinal);
            var at = line[end] == '{' ? ReadLabels(line, end + 1, labels) : end;
            var value = line.AsSpan(at).Trim();
            if (double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
                yield return new AlertObservation(line[..end], labels, number);
        }
    }

    /// <returns>The place after the closing brace.</returns>
    private static int ReadLabels(string line, int at, Dictionary<string, string> labels)
    {
        while (line[at] != '}')
        {
            var equals = line.IndexOf('=', at);
            var (name, value) = (line[at..equals].TrimStart(','), new StringBuilder());
            for (at = equals + 2; line[at] != '"'; at++)
            {
                if (line[at] == '\\')
                    value.Append(line[++at] == 'n' ? '\n' : line[at]);
                else
                    value.Append(line[at]);
            }
            labels[name] = value.ToString();
            at++;
        }
        return at + 1;
    }
}
