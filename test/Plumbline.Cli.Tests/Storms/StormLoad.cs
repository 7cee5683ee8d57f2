using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;

namespace Plumbline.Cli.Tests.Storms;

/// <summary>
/// Callers who ask at a fixed rate, whatever the server does; of some of the answers they tell the true label, again and again until that is acknowledged, and of some of the users what happened.
/// </summary>
internal sealed class StormLoad : IAsyncDisposable
{
    private const int MostInFlight = 2000;
    private const int Bulk = 500;
    private static readonly string[] Words = ["good", "awful", "fine", "a story", "loved it", "boring", "the end"];
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly HttpClient _client;
    private readonly int _rate;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentQueue<object> _labels = new();
    private readonly Task _asking;
    private readonly Task _telling;
    private long _answered;
    private int _inFlight;
    private int _unacknowledged;
    private int _acknowledged;

    /// <param name="rate">Predictions a second.</param>
    public StormLoad(HttpClient client, int rate)
    {
        (_client, _rate) = (client, rate);
        _asking = AskAsync();
        _telling = TellAsync();
    }

    /// <summary>Predictions with their right status.</summary>
    public long Answered => Interlocked.Read(ref _answered);

    /// <summary>Labels that the server has said to have.</summary>
    public int Acknowledged => Volatile.Read(ref _acknowledged);

    /// <summary>Of all predictions that were asked for.</summary>
    public ConcurrentQueue<string> Failures { get; } = new();

    /// <summary>Refusals of labels and events, by what was said.</summary>
    public ConcurrentDictionary<string, int> Refusals { get; } = new();

    /// <summary>Answers by version.</summary>
    public ConcurrentDictionary<string, int> Versions { get; } = new();

    /// <summary>Asks no more, and waits until all is answered and every label acknowledged.</summary>
    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await _asking;
        await _telling;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_asking, _telling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AskAsync()
    {
        var begun = Stopwatch.GetTimestamp();
        var asked = new List<Task>();
        for (var number = 0; !_stop.IsCancellationRequested; number++)
        {
            var due = TimeSpan.FromSeconds((double)number / _rate) - Stopwatch.GetElapsedTime(begun);
            if (due > TimeSpan.Zero)
                await Task.Delay(due, TimeProvider.System, TestContext.Current.CancellationToken);
            if (Volatile.Read(ref _inFlight) >= MostInFlight)
            {
                Failures.Enqueue($"{MostInFlight} predictions wait for an answer");
                break;
            }
            Interlocked.Increment(ref _inFlight);
            asked.Add(AskAsync(number));
            if (asked.Count > MostInFlight)
                asked.RemoveAll(one => one.IsCompleted);
        }
        await Task.WhenAll(asked);
    }

    private async Task AskAsync(int number)
    {
        try
        {
            var user = $"u{number % 500}";
            using var response = await _client.PostAsJsonAsync("/predict", new { text = $"{Words[number % 7]} {Words[number * 3 % 5]} {number % 400}", entities = new { user } });
            if (!response.IsSuccessStatusCode)
            {
                Failures.Enqueue($"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
                return;
            }
            var answer = await response.Content.ReadFromJsonAsync<JsonElement>();
            Interlocked.Increment(ref _answered);
            Versions.AddOrUpdate(answer.GetProperty("version").GetString()!, 1, (_, count) => count + 1);
            if (number % 5 != 0)
                return;
            var id = answer.GetProperty("prediction_id").GetString()!;
            Interlocked.Increment(ref _unacknowledged);
            _labels.Enqueue(new { prediction_id = id, label = answer.GetProperty("label").GetString(), id });
            await TryAsync("/v1/features/observations", new { observations = new[] { new { id, user, characters = 100 } } });
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException or TaskCanceledException)
        {
            Failures.Enqueue(exception.Message);
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    private async Task TellAsync()
    {
        while (!_stop.IsCancellationRequested || Volatile.Read(ref _inFlight) > 0 || Volatile.Read(ref _unacknowledged) > 0)
        {
            var feedback = new List<object>();
            while (feedback.Count < Bulk && _labels.TryDequeue(out var label))
                feedback.Add(label);
            while (feedback.Count > 0 && !await TryAsync("/v1/feedback", new { feedback }))
                await Task.Delay(Pause, TimeProvider.System, TestContext.Current.CancellationToken);
            Interlocked.Add(ref _acknowledged, feedback.Count);
            Interlocked.Add(ref _unacknowledged, -feedback.Count);
            await Task.Delay(Pause, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    private async Task<bool> TryAsync<T>(string path, T body)
    {
        using var response = await _client.PostAsJsonAsync(path, body);
        if (response.IsSuccessStatusCode)
            return true;
        var said = await response.Content.ReadFromJsonAsync<JsonElement>();
        Refusals.AddOrUpdate($"{path} {(int)response.StatusCode} {said.GetProperty("type").GetString()}", 1, (_, count) => count + 1);
        return false;
    }
}
