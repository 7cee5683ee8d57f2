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

    /// <summary>As <see cref="Open"/>, for predictions, which can do without: one that is damaged is as if there were none.</summary>
    /// <param name="options">Null where no store is named.</param>
    /// <param name="fault">Why the store that was named is not there; null where nothing is wrong.</param>
    /// <exception cref="ArgumentException">An option cannot be used.</exception>
    /// <exception cref="FeatureStoreException">InUse: another process has the embedded store, which is a mistake to be told at once.</exception>
    public static IFeatureStore? OpenForPredictions(FeatureStoreOptions? options, TimeProvider time, out string? fault)
    {
        fault = null;
        try
        {
            return options is null ? null : Open(options, time);
        }
        catch (FeatureStoreException exception) when (exception.Error == FeatureStoreError.Damaged)
        {
            fault = exception.Message;
            return null;
        }
    }
}
