using Plumbline.Inference.Flags;
using Prometheus;

namespace Plumbline.Server.Flags;

/// <summary>A flag that is in force, and how often it was what.</summary>
internal sealed class ServedFlag(string name, StoredFlag stored, bool isBuiltIn, Counter evaluations)
{
    private readonly Counter.Child _on = evaluations.WithLabels(name, "on");
    private readonly Counter.Child _off = evaluations.WithLabels(name, "off");
    private readonly Counter.Child _failed = evaluations.WithLabels(name, "failed");

    public string Name => name;

    public FlagDefinition Definition => stored.Definition;

    /// <summary>0: the project says so, not the store.</summary>
    public long Revision => stored.Revision;

    public bool IsBuiltIn => isBuiltIn;

    public double On => _on.Value;

    public double Off => _off.Value;

    public void Count(bool enabled) => (enabled ? _on : _off).Inc();

    public void CountFailure() => _failed.Inc();
}
