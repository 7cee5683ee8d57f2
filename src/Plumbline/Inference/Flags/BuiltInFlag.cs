namespace Plumbline.Inference.Flags;

/// <summary>Flags that servers themselves ask; each is on where it is not defined.</summary>
public enum BuiltInFlag
{
    /// <summary>Whether shadows answer a request, too.</summary>
    Shadow,

    /// <summary>Whether answers may come from the prediction cache.</summary>
    PredictionCache,

    /// <summary>Whether answers are explained where that is asked for.</summary>
    Explanations,
}

/// <summary>Their names.</summary>
public static class BuiltInFlags
{
    /// <summary>In the order of <see cref="BuiltInFlag"/>.</summary>
    public static IReadOnlyList<string> Names { get; } = ["shadow", "prediction-cache", "explanations"];
}
