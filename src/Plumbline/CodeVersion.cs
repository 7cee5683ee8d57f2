using System.Reflection;

namespace Plumbline;

/// <summary>Which build this is.</summary>
public static class CodeVersion
{
    /// <summary>Version and, where the build knew it, the commit: <c>0.1.0+1a2b3c4d</c>.</summary>
    public static string Current { get; } =
        typeof(CodeVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";
}
