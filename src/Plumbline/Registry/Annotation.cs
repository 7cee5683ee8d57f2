namespace Plumbline.Registry;

/// <summary>A note on a model or on one of its versions.</summary>
/// <param name="Id">Grows with time.</param>
/// <param name="Version">Null: on the model itself.</param>
/// <param name="Time">Unix ms.</param>
public sealed record Annotation(long Id, long? Version, string Text, string Author, long Time);
