namespace Plumbline.Inference.Flags;

/// <summary>What servers have a built-in flag for; each is on where that is not defined.</summary>
public enum ServerFeature
{
    /// <summary>Whether shadows answer a request, too.</summary>
    Shadow,

    /// <summary>Whether answers may come from the prediction cache.</summary>
    PredictionCache,

    /// <summary>Whether answers are explained where that is asked for.</summary>
    Explanations,
}

/// <summary>The names of their flags.</summary>
public static class BuiltInFlags
{
    /// <summary>In the order of <see cref="ServerFeature"/>.</summary>
    public static IReadOnlyList<string> Names { get; } = ["shadow", "prediction-cache", "explanations"];
}
