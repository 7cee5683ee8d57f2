using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Plumbline.Cli.Demo;

/// <summary>Sends records of the world to the server at a rate, and tells it the true labels right after the answers. For one caller at a time.</summary>
internal sealed class DemoTraffic(HttpClient http, DemoWorld world)
{
    /// <summary>Texts of a request.</summary>
    private const int OfRequest = 10;

    private readonly ConcurrentDictionary<string, long> _answered = new(StringComparer.Ordinal);

    /// <summary>Texts answered, by version, as the answers named it.</summary>
    public IReadOnlyDictionary<string, long> Answered => _answered;

    /// <summary>Sends until it is told to stop, or the world ends.</summary>
    /// <param name="rate">Texts a second.</param>
    /// <exception cref="HttpRequestException">The server cannot be reached, or refuses.</exception>
    public async Task RunAsync(int rate, long? most, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds((double)OfRequest / rate));
        var sent = 0L;
        try
        {
            while (world.Left > 0 && (most is null || sent < most))
            {
                sent += OfRequest;
                await SendAsync(world.Take(OfRequest), stop);
                await timer.WaitForNextTickAsync(stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // That is how it ends.
        }
    }

    private async Task SendAsync(IReadOnlyList<DemoRow> rows, CancellationToken stop)
    {
        var answer = await PostAsync("predict", new JsonObject { ["texts"] = new JsonArray([.. rows.Select(row => JsonValue.Create(row.Text))]) }, stop);
        _answered.AddOrUpdate((string)answer["version"]!, rows.Count, (_, count) => count + rows.Count);
        var ids = answer["prediction_ids"]!.AsArray();
        var feedback = rows.Select((row, i) => (JsonNode)new JsonObject { ["prediction_id"] = (string)ids[i]!, ["label"] = row.Label });
        await PostAsync("v1/feedback", new JsonObject { ["feedback"] = new JsonArray([.. feedback]) }, stop);
    }

    private async Task<JsonNode> PostAsync(string path, JsonObject body, CancellationToken stop)
    {
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await http.PostAsync(new Uri(path, UriKind.Relative), content, stop);
        if (!response.IsSuccessStatusCode)
            throw new HttpRequestException($"POST /{path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync(stop)}");
        return (await response.Content.ReadFromJsonAsync<JsonNode>(stop))!;
    }
}
