using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plumbline.Storage;

namespace Plumbline.Pipelines.OpenLineage;

/// <summary>
/// Events that wait to be sent: a file each in <c>&lt;home&gt;/openlineage</c>, sent in order by one process at a time. An event is removed when the endpoint has taken it, so it may
/// arrive twice but is never lost, unless more wait than there is room for. Thread-safe.
/// </summary>
public sealed class OpenLineageOutbox(Home home, TimeProvider time)
{
    private const int MostWaiting = 10_000;
    private const int MostDoublings = 10;
    private const string Pattern = "*.json";
    private const string RejectedFolder = "rejected";

    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    private readonly string _folder = Path.Combine(home.Root, "openlineage");
    private readonly string _state = Path.Combine(home.Root, "openlineage", "delivery.state");
    private long _count;

    /// <summary>Files of events that wait, the oldest first.</summary>
    public IReadOnlyList<string> Waiting() => Files(_folder);

    /// <summary>Files of events that the endpoint refused for what they are.</summary>
    public IReadOnlyList<string> Rejected() => Files(Path.Combine(_folder, RejectedFolder));

    /// <summary>When it is tried again, and what the last try came to; null where that was well.</summary>
    public (DateTimeOffset NotBefore, string Problem)? Trouble() => ReadState() is { } state ? (DateTimeOffset.FromUnixTimeMilliseconds(state.NotBefore), state.Problem) : null;

    /// <summary>Keeps an event. Where the disk refuses it, it is lost: the work goes on.</summary>
    internal void Add(JsonObject @event)
    {
        // By time, then in order within this process.
        var name = string.Create(CultureInfo.InvariantCulture, $"{time.GetUtcNow():yyyyMMdd'T'HHmmss.fffffff}-{Interlocked.Increment(ref _count):d8}-{Guid.NewGuid():N}.json");
        Quietly(() =>
        {
            AtomicFile.Write(Path.Combine(_folder, name), stream => stream.Write(Encoding.UTF8.GetBytes(@event.ToJsonString())));
            var waiting = Waiting();
            for (var i = 0; i < waiting.Count - MostWaiting; i++)
                File.Delete(waiting[i]);
        });
    }

    /// <summary>Sends what waits until all is sent or the endpoint does not take it; after that, for a while that doubles, nothing is tried.</summary>
    /// <param name="evenIfEarly">Whether to try before that while is over.</param>
    /// <returns>What is wrong; null where nothing is.</returns>
    public async Task<string?> SendAsync(OpenLineageOptions options, bool evenIfEarly, CancellationToken cancellation = default)
    {
        if (Waiting().Count == 0)
            return null;
        if (!evenIfEarly && ReadState() is { } state && time.GetUtcNow().ToUnixTimeMilliseconds() < state.NotBefore)
            return state.Problem;
        using var held = TryHold();
        if (held is null)
            return "Another process is sending.";
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        using var client = new HttpClient(handler) { Timeout = Timeout };
        foreach (var file in Waiting())
        {
            var problem = await SendAsync(client, options, file, cancellation).ConfigureAwait(false);
            if (problem is null)
                continue;
            if (!cancellation.IsCancellationRequested)
                Quietly(() => WriteState(problem));
            return problem;
        }
        Quietly(() => File.Delete(_state));
        return null;
    }

    private async Task<string?> SendAsync(HttpClient client, OpenLineageOptions options, string file, CancellationToken cancellation)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, options.Endpoint) { Content = new ByteArrayContent(await File.ReadAllBytesAsync(file, cancellation).ConfigureAwait(false)) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            if (options.ApiKey is { } key)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            using var response = await client.SendAsync(request, cancellation).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
                File.Delete(file);
            else if (IsOfTheEvent(response.StatusCode))
                Reject(file);
            else
                return $"{options.Endpoint} answered {(int)response.StatusCode}.";
            return null;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            return exception is OperationCanceledException ? $"{options.Endpoint} did not answer in time." : $"{options.Endpoint}: {exception.Message}";
        }
    }

    /// <summary>Whether the same event would be refused again.</summary>
    private static bool IsOfTheEvent(HttpStatusCode status) => status is HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.UnprocessableEntity;

    private void Reject(string file)
    {
        var folder = Path.Combine(_folder, RejectedFolder);
        Directory.CreateDirectory(folder);
        File.Move(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
    }

    private FileStream? TryHold()
    {
        try
        {
            return new FileStream(Path.Combine(_folder, "sending.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void WriteState(string problem)
    {
        var failures = Math.Min((ReadState()?.Failures ?? 0) + 1, MostDoublings);
        var delay = TimeSpan.FromTicks(Math.Min(FirstDelay.Ticks << (failures - 1), LongestDelay.Ticks));
        AtomicFile.Write(_state, stream => JsonSerializer.Serialize(
            stream, new DeliveryState(failures, (time.GetUtcNow() + delay).ToUnixTimeMilliseconds(), problem), OpenLineageJson.Default.DeliveryState));
    }

    private DeliveryState? ReadState()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(_state), OpenLineageJson.Default.DeliveryState);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    private static string[] Files(string folder)
    {
        string[] files = [];
        Quietly(() =>
        {
            if (Directory.Exists(folder))
                files = [.. Directory.GetFiles(folder, Pattern).Where(file => !Path.GetFileName(file).StartsWith('.')).Order(StringComparer.Ordinal)];
        });
        return files;
    }

    private static void Quietly(Action act)
    {
        try
        {
            act();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What tells of the work must not fail it.
        }
    }
}
