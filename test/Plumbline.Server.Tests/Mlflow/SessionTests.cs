using System.Text.Json;

namespace Plumbline.Server.Tests.Mlflow;

/// <summary>Plays a client's session against the server and compares every answer's status and shape.</summary>
public sealed class SessionTests
{
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    [Theory]
    [InlineData("session.txt", "/api/2.0/mlflow/")]
    [InlineData("session.txt", "/ajax-api/2.0/mlflow/")]
    [InlineData("registry-session.txt", "/api/2.0/mlflow/")]
    [InlineData("registry-session.txt", "/ajax-api/2.0/mlflow/")]
    public async Task Session_EveryExchange_AnsweredInShape(string session, string prefix)
    {
        await using var tracker = await RunningTracker.StartAsync();
        var exchanges = 0;
        foreach (var lines in Exchanges(session))
        {
            var (method, path) = lines[0].Split(' ', 2) is [var verb, var target] ? (verb, Fill(target)) : throw new InvalidDataException(lines[0]);
            var answer = await tracker.SendAsync(method, path.StartsWith('/') ? path : prefix + path, lines.Length == 3 ? Fill(lines[1]) : null);
            answer.Status.ShouldBe(int.Parse(lines[^1][..3], System.Globalization.CultureInfo.InvariantCulture), $"{lines[0]}: {answer.Body}");
            Compare(JsonDocument.Parse(lines[^1][4..]).RootElement, answer.Json, lines[0]);
            exchanges++;
        }
        exchanges.ShouldBeGreaterThan(55);
    }

    private static IEnumerable<string[]> Exchanges(string session) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Mlflow", session))
        .Split("\n\n").Skip(1).Select(exchange => exchange.Split('\n', StringSplitOptions.RemoveEmptyEntries));

    private void Compare(JsonElement shape, JsonElement actual, string where)
    {
        if (shape.ValueKind == JsonValueKind.String)
        {
            CompareText(shape.GetString()!, actual, where);
            return;
        }
        actual.ValueKind.ShouldBe(shape.ValueKind, where);
        switch (shape.ValueKind)
        {
            case JsonValueKind.Object:
                actual.EnumerateObject().Select(member => member.Name).Order().ShouldBe(shape.EnumerateObject().Select(member => member.Name).Order(), where);
                foreach (var member in shape.EnumerateObject())
                    Compare(member.Value, actual.GetProperty(member.Name), $"{where} {member.Name}");
                break;
            case JsonValueKind.Array:
                actual.GetArrayLength().ShouldBe(shape.GetArrayLength(), where);
                foreach (var (i, item) in shape.EnumerateArray().Index())
                    Compare(item, actual[i], $"{where}[{i}]");
                break;
            default:
                actual.ToString().ShouldBe(shape.ToString(), where);
                break;
        }
    }

    private void CompareText(string shape, JsonElement actual, string where)
    {
        if (shape == "#")
        {
            actual.GetInt64().ShouldBeGreaterThan(0, where);
            return;
        }
        actual.ValueKind.ShouldBe(JsonValueKind.String, where);
        if (shape.StartsWith('$') && !_names.ContainsKey(shape[1..]))
            _names[shape[1..]] = actual.GetString()!;
        else if (shape != "~")
            actual.GetString().ShouldBe(Fill(shape), where);
    }

    private string Fill(string text) => _names.OrderByDescending(name => name.Key.Length).Aggregate(text, (filled, name) => filled.Replace("$" + name.Key, name.Value, StringComparison.Ordinal));
}
