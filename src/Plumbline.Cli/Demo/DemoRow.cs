namespace Plumbline.Cli.Demo;

/// <summary>A record of the demonstration's world.</summary>
/// <param name="Time">Null where the source has none.</param>
internal sealed record DemoRow(string Text, string Label, DateTimeOffset? Time);
