namespace Plumbline.Bundles;

/// <summary>Names of the element types of sections.</summary>
internal static class SectionTypes
{
    /// <exception cref="NotSupportedException">Bundles hold no such sections.</exception>
    public static string Of<T>()
        where T : unmanaged =>
        typeof(T) == typeof(float) ? "f32" : typeof(T) == typeof(int) ? "i32" : typeof(T) == typeof(ulong) ? "u64"
        : throw new NotSupportedException($"Bundles hold no sections of {typeof(T).Name}.");
}
