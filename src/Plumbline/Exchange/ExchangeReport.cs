namespace Plumbline.Exchange;

/// <summary>What a copy did. Not thread-safe.</summary>
public sealed class ExchangeReport
{
    public int Experiments { get; internal set; }

    /// <summary>Runs copied, new or anew.</summary>
    public int Runs { get; internal set; }

    /// <summary>Runs that were there already as they are.</summary>
    public int RunsUnchanged { get; internal set; }

    public int LoggedModels { get; internal set; }

    public int RegisteredModels { get; internal set; }

    public int Versions { get; internal set; }

    public int VersionsUnchanged { get; internal set; }

    public int Files { get; internal set; }

    /// <summary>Of files.</summary>
    public long Bytes { get; internal set; }

    /// <summary>What was not copied, and why.</summary>
    public IList<string> LeftOut { get; } = [];
}
