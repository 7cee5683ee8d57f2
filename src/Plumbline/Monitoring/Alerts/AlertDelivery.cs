using Plumbline.Monitoring.Alerts.Notifiers;
using Plumbline.Statistics;
using Plumbline.Storage;

namespace Plumbline.Monitoring.Alerts;

/// <summary>Delivers what waits for a model's notifiers. What is not delivered stays, and is tried again later. For one caller at a time; who calls it holds the model's lease, or risks that a message is sent twice.</summary>
public sealed class AlertDelivery : IDisposable
{
    private const int MostDoublings = 12;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromHours(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly AlertOptions _options;
    private readonly TimeProvider _time;
    private readonly NotifierHttp _http;
    private readonly RandomSource _random;
    private readonly INotifier[] _notifiers;
    private readonly Dictionary<string, Queue<DateTimeOffset>> _sent = new(StringComparer.Ordinal);

    /// <param name="seed">Of the chance in delays.</param>
    public AlertDelivery(AlertOptions options, ulong seed, TimeProvider time)
    {
        (_options, _time, _http, _random) = (options, time, new NotifierHttp(time), new RandomSource(seed));
        _notifiers = [.. options.Notifiers.Select(Create)];
        foreach (var notifier in _notifiers)
            _sent[notifier.Options.Name] = [];
    }

    /// <summary>Puts notices into messages, and tries those whose time has come: those of different notifiers at once, of one in their order.</summary>
    /// <param name="evenIfEarly">Whether all are tried, whenever the next try would be, and notices wait for no others.</param>
    /// <param name="patience">After that, no further message is begun.</param>
    /// <exception cref="MetadataException">The store does not answer.</exception>
    public async Task<IReadOnlyList<DeliveryAttempt>> SendAsync(IMetadataStore store, string model, bool evenIfEarly, TimeSpan patience, CancellationToken cancellation = default)
    {
        var (outbox, began) = (new AlertOutbox(store, _time), _time.GetTimestamp());
        await outbox.AddressAsync(model, _notifiers, evenIfEarly ? TimeSpan.Zero : _options.GroupWait, cancellation).ConfigureAwait(false);
        var waiting = await outbox.CountAsync(model, cancellation).ConfigureAwait(false);
        var addressed = _notifiers.Where(notifier => waiting.Any(messages => messages.Notifier == notifier.Options.Name));
        var attempts = await Task.WhenAll(addressed.Select(async notifier => await SendAsync(
            outbox, notifier, await outbox.WaitingForAsync(model, notifier.Options.Name, cancellation).ConfigureAwait(false), evenIfEarly, () => _time.GetElapsedTime(began) < patience, cancellation)
            .ConfigureAwait(false))).ConfigureAwait(false);
        return [.. attempts.SelectMany(all => all)];
    }

    /// <summary>Removes what is not to be kept any longer.</summary>
    public Task PruneAsync(IMetadataStore store, string model, CancellationToken cancellation = default) => new AlertOutbox(store, _time).PruneAsync(model, _notifiers, cancellation);

    /// <summary>Sends one message at once, without the store.</summary>
    /// <returns>By notifier, what is wrong; null where it was delivered.</returns>
    public async Task<IReadOnlyList<DeliveryAttempt>> SendNowAsync(AlertMessage message, CancellationToken cancellation = default)
    {
        var mine = _notifiers.Where(notifier => (message.Notifier.Length == 0 || message.Notifier == notifier.Options.Name) && message.Notices.All(notice => notifier.Takes(notice.Event)));
        return await Task.WhenAll(mine.Select(notifier => TryAsync(notifier, message with { Notifier = notifier.Options.Name }, cancellation))).ConfigureAwait(false);
    }

    public void Dispose() => _http.Dispose();

    private INotifier Create(NotifierOptions options) => options.Kind switch
    {
        NotifierKind.Slack => new SlackNotifier(options, _http),
        NotifierKind.Pagerduty => new PagerDutyNotifier(options, _http),
        NotifierKind.Webhook => new WebhookNotifier(options, _http, _time),
        NotifierKind.Email => new EmailNotifier(options, _time),
        NotifierKind.Alertmanager => new AlertmanagerNotifier(options, _http, _options.Repeat, _time),
        _ => throw new ArgumentOutOfRangeException(nameof(options), options.Kind, "unknown kind"),
    };

    private async Task<List<DeliveryAttempt>> SendAsync(AlertOutbox outbox, INotifier notifier, IEnumerable<AlertMessage> waiting, bool evenIfEarly, Func<bool> isPatient, CancellationToken cancellation)
    {
        var attempts = new List<DeliveryAttempt>();
        // Alerts of which something earlier waits.
        var blocked = new HashSet<string>(StringComparer.Ordinal);
        foreach (var message in waiting)
        {
            var isDue = (evenIfEarly || IsDue(message)) && !message.Notices.Any(notice => blocked.Contains(notice.Alert.DedupKey));
            if (isDue)
            {
                if (!isPatient() || !MaySend(notifier))
                    break;
                var attempt = await TryAsync(notifier, message, cancellation).ConfigureAwait(false);
                attempts.Add(attempt);
                if (attempt.Fault is null)
                {
                    // Whoever wants to stop: what is not marked is sent again.
                    await outbox.DeliveredAsync(message, CancellationToken.None).ConfigureAwait(false);
                    continue;
                }
                await outbox.FailedAsync(message, attempt.Fault, _time.GetUtcNow() + DelayAfter(message.Attempts + 1, attempt.RetryAfter), cancellation).ConfigureAwait(false);
                if (!attempt.IsRefused)
                    break;
            }
            blocked.UnionWith(message.Notices.Select(notice => notice.Alert.DedupKey));
        }
        return attempts;
    }

    private static async Task<DeliveryAttempt> TryAsync(INotifier notifier, AlertMessage message, CancellationToken cancellation)
    {
        try
        {
            await notifier.SendAsync(message, cancellation).ConfigureAwait(false);
            return new DeliveryAttempt(message.Id, notifier.Options.Name, null);
        }
        catch (DeliveryException exception)
        {
            return new DeliveryAttempt(message.Id, notifier.Options.Name, exception.Message) { IsRefused = exception.IsRefused, RetryAfter = exception.RetryAfter };
        }
        // A fault of one notifier must not keep others from telling; what it says may hold a secret.
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return new DeliveryAttempt(message.Id, notifier.Options.Name, $"The message could not be sent: {exception.GetType().Name}.") { IsRefused = true };
        }
    }

    /// <summary>What is farther away than any delay was put off before the clock was set back.</summary>
    private bool IsDue(AlertMessage message) => message.NextAttempt - _time.GetUtcNow() is var left && (left <= TimeSpan.Zero || left > 2 * LongestRetryAfter);

    private bool MaySend(INotifier notifier)
    {
        var (now, sent) = (_time.GetUtcNow(), _sent[notifier.Options.Name]);
        while (sent.TryPeek(out var first) && (now - first >= Minute || first > now))
            sent.Dequeue();
        if (sent.Count >= _options.MessagesPerMinute)
            return false;
        sent.Enqueue(now);
        return true;
    }

    /// <summary>Exponential, less up to half by chance, so that those who failed together do not come again together.</summary>
    private TimeSpan DelayAfter(int attempts, TimeSpan? asked)
    {
        double chance;
        lock (_random)
            chance = _random.NextDouble();
        var delay = FirstDelay * Math.Min(1 << Math.Min(attempts - 1, MostDoublings), LongestDelay / FirstDelay) * (1 - (chance / 2));
        return asked is { } wanted && wanted > delay ? wanted < LongestRetryAfter ? wanted : LongestRetryAfter : delay;
    }
}

/// <summary>A try to deliver a message.</summary>
/// <param name="Fault">What is wrong, without a secret; null: it was delivered.</param>
public sealed record DeliveryAttempt(string Message, string Notifier, string? Fault)
{
    internal bool IsRefused { get; init; }

    internal TimeSpan? RetryAfter { get; init; }
}
