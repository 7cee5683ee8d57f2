namespace Plumbline.Projects;

/// <summary>A value that no message, log or page may show: as a string it is stars.</summary>
public sealed class Secret
{
    private readonly string _value;

    internal Secret(string value) => _value = value;

    /// <summary>The value itself, for the one place that needs it.</summary>
    public string Reveal() => _value;

    public override string ToString() => "***";
}
