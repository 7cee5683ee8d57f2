using System.Globalization;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Plumbline.Datasets.Sources;

/// <summary>Calls to a server, tried again as <see cref="RetryOptions"/> say while what they fail with may pass by itself. Thread-safe.</summary>
internal sealed class ServerCalls
{
    private readonly RetryOptions _options;
    private readonly Func<Exception, bool> _isTransient;
    private readonly Func<Exception, string> _describe;
    private readonly ResiliencePipeline _pipeline;
    private readonly TimeSpan _patience;

    /// <param name="attemptTimeout">Whether one try may last no longer than <see cref="RetryOptions.AttemptTimeout"/>.</param>
    /// <param name="isTransient">Whether an error may pass by itself; one that ran out of time does.</param>
    /// <param name="describe">What an error says to a user, without secrets.</param>
    /// <param name="totalTimeout">Whether all tries together may last no longer than <see cref="RetryOptions.TotalTime"/>.</param>
    public ServerCalls(RetryOptions options, bool attemptTimeout, Func<Exception, bool> isTransient, Func<Exception, string> describe, bool totalTimeout = true)
    {
        (_options, _isTransient, _describe) = (options, isTransient, describe);
        _patience = attemptTimeout ? options.AttemptTimeout : options.TotalTime;
        var pipeline = new ResiliencePipelineBuilder { TimeProvider = options.Time };
        if (totalTimeout)
            pipeline.AddTimeout(options.TotalTime);
        if (options.Attempts > 1)
            pipeline.AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = options.Attempts - 1,
                Delay = options.FirstDelay,
                MaxDelay = options.LongestDelay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Exception is { } error && IsTransient(error)),
            });
        if (attemptTimeout)
            pipeline.AddTimeout(options.AttemptTimeout);
        _pipeline = pipeline.Build();
    }

    /// <summary>Blocks until the call succeeds, fails for good, or is given up.</summary>
    /// <param name="name">What is called, for messages.</param>
    /// <exception cref="DatasetException">The message has the last error and, where there was more than one, what was tried.</exception>
    public T Run<T>(string name, Func<CancellationToken, Task<T>> call, CancellationToken stop)
    {
        var (tries, since) = (0, _options.Time.GetTimestamp());
        Exception? last = null;
        try
        {
            return _pipeline.ExecuteAsync(async token =>
            {
                tries++;
                try
                {
                    return await call(token).ConfigureAwait(false);
                }
                catch (Exception e) when (!stop.IsCancellationRequested && (e is not OperationCanceledException || last is null))
                {
                    last = e;
                    throw;
                }
            }, stop).AsTask().GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is not DatasetException && !stop.IsCancellationRequested)
        {
            throw new DatasetException($"{name}: {Tell(last ?? e, tries, _options.Time.GetElapsedTime(since))}", e);
        }
    }

    private bool IsTransient(Exception error) => error is TimeoutRejectedException || _isTransient(error);

    private string Tell(Exception error, int tries, TimeSpan elapsed)
    {
        var answer = error is OperationCanceledException or TimeoutRejectedException
            ? string.Create(CultureInfo.InvariantCulture, $"no answer within {_patience.TotalSeconds:0.#} s")
            : _describe(error);
        return tries == 1 ? answer : string.Create(CultureInfo.InvariantCulture,
            $"tried {tries} times in {elapsed.TotalSeconds:0.#} s; the last answer: {answer}{(IsTransient(error) ? ". Try again later, or allow more with data.retry" : "")}");
    }
}
