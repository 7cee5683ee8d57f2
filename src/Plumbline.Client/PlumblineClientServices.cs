using Microsoft.Extensions.DependencyInjection;

namespace Plumbline.Client;

/// <summary>Registers a client.</summary>
public static class PlumblineClientServices
{
    /// <summary>Adds a <see cref="PlumblineClient"/>, one for all who ask for it, so that they share its circuit breaker; its connections come from the factory of HTTP clients.</summary>
    /// <param name="address">Of the server, such as <c>http://plumbline:8080</c>.</param>
    /// <returns>The builder of the HTTP client, for handlers of one's own.</returns>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static IHttpClientBuilder AddPlumblineClient(this IServiceCollection services, Uri address, Action<PlumblineClientOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(address);
        var options = new PlumblineClientOptions();
        configure?.Invoke(options);
        options.Validate();
        services.AddSingleton(provider =>
        {
            var factory = provider.GetRequiredService<IHttpClientFactory>();
            return new PlumblineClient(() => factory.CreateClient(ClientTelemetry.Name), options);
        });
        // The time limits are the client's own.
        return services.AddHttpClient(ClientTelemetry.Name, http => (http.BaseAddress, http.Timeout) = (address, Timeout.InfiniteTimeSpan));
    }
}
