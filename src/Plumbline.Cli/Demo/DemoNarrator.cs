using System.Globalization;
using System.Text.Json.Nodes;
using Plumbline.Cli.Output;

namespace Plumbline.Cli.Demo;

/// <summary>Tells what happens: sentences for people, one JSON object a line for machines.</summary>
internal sealed class DemoNarrator(Terminal terminal, bool json)
{
    private readonly long _began = terminal.Time.GetTimestamp();

    public TimeSpan Elapsed => terminal.Time.GetElapsedTime(_began);

    /// <summary>What is going on; no step.</summary>
    public void Say(string sentence) => terminal.Error.WriteLine($"{Clock()}  {sentence}");

    /// <summary>A step that really happened, by what the server or the store says.</summary>
    public void Step(string name, string sentence, JsonObject seen)
    {
        terminal.Error.WriteLine($"{Clock()}  ✓ {name}: {sentence}");
        Write(name, ok: true, sentence, seen);
    }

    public void Failed(string name, string sentence)
    {
        terminal.Error.WriteLine($"{Clock()}  ✗ {name}: {sentence}");
        Write(name, ok: false, sentence, []);
    }

    private string Clock() => Elapsed.ToString(@"m\:ss", CultureInfo.InvariantCulture);

    private void Write(string name, bool ok, string sentence, JsonObject seen)
    {
        if (json)
            JsonOutput.Write(terminal, new JsonObject { ["step"] = name, ["ok"] = ok, ["seconds"] = Math.Round(Elapsed.TotalSeconds, 1), ["says"] = sentence, ["seen"] = seen });
    }
}
