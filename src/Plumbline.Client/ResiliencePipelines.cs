using System.Net;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace Plumbline.Client;

/// <summary>Retries, time limits and the circuit breaker that all requests of one client share. Thread-safe.</summary>
internal sealed class ResiliencePipelines
{
    public ResiliencePipelines(PlumblineClientOptions options)
    {
        var breaker = new CircuitBreakerStrategyOptions<HttpResponseMessage>
        {
            FailureRatio = options.CircuitFailures,
            MinimumThroughput = options.CircuitTries,
            SamplingDuration = options.CircuitWindow,
            BreakDuration = options.CircuitBreak,
            ShouldHandle = static arguments => ValueTask.FromResult(IsFailure(arguments.Outcome)),
            OnOpened = static _ =>
            {
                ClientTelemetry.Opened();
                return default;
            },
        };
        // A pipeline that is part of others keeps its state for all of them.
        var shared = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = options.Time }.AddCircuitBreaker(breaker).Build();
        Requests = WithRetries(new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = options.Time }.AddTimeout(options.TotalTimeout), options)
            .AddPipeline(shared).AddTimeout(options.TryTimeout).Build();
        Streams = WithRetries(new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = options.Time }, options).AddPipeline(shared).Build();
    }

    public ResiliencePipeline<HttpResponseMessage> Requests { get; }

    /// <summary>For what is read after its headers: a stream takes as long as it takes.</summary>
    public ResiliencePipeline<HttpResponseMessage> Streams { get; }

    private static ResiliencePipelineBuilder<HttpResponseMessage> WithRetries(ResiliencePipelineBuilder<HttpResponseMessage> builder, PlumblineClientOptions options) =>
        options.Retries == 0 ? builder : builder.AddRetry(new RetryStrategyOptions<HttpResponseMessage>
        {
            MaxRetryAttempts = options.Retries,
            Delay = options.RetryDelay,
            MaxDelay = options.MostRetryDelay,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            ShouldHandle = arguments => ValueTask.FromResult(
                (IsFailure(arguments.Outcome) || arguments.Outcome.Result?.StatusCode == HttpStatusCode.TooManyRequests) && !(RetryAfter(arguments.Outcome.Result, options.Time) > options.MostRetryDelay)),
            DelayGenerator = arguments => ValueTask.FromResult(RetryAfter(arguments.Outcome.Result, options.Time)),
            OnRetry = static arguments =>
            {
                ClientTelemetry.Retried();
                arguments.Outcome.Result?.Dispose();
                return default;
            },
        });

    /// <summary>When the server wants to be asked again; null where it does not say.</summary>
    public static TimeSpan? RetryAfter(HttpResponseMessage? response, TimeProvider time) => response?.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - time.GetUtcNow() is var wait && wait > TimeSpan.Zero ? wait : TimeSpan.Zero,
        _ => null,
    };

    /// <summary>Whether it is the server's or the network's, and may pass.</summary>
    private static bool IsFailure(Outcome<HttpResponseMessage> outcome) => outcome.Exception is HttpRequestException or TimeoutRejectedException
        || outcome.Result?.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;
}
