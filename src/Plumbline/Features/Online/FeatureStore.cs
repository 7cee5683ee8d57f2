namespace Plumbline.Features.Online;

/// <summary>Opens feature stores.</summary>
public static class FeatureStore
{
    /// <summary>Opens the store that <paramref name="options"/> name. Redis need not be there yet: it is found when it comes.</summary>
    /// <exception cref="ArgumentException">An option cannot be used.</exception>
    /// <exception cref="FeatureStoreException">An embedded store is damaged, or in use by another process.</exception>
    public static IFeatureStore Open(FeatureStoreOptions options, TimeProvider time)
    {
        options.Validate();
        return options.Kind == FeatureStoreKind.Redis ? RedisFeatureStore.Connect(options, time) : EmbeddedFeatureStore.Open(options.Folder, options.TimeToLive, time);
    }
}
