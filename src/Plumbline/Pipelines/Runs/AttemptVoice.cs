namespace Plumbline.Pipelines.Runs;

/// <summary>Where an attempt is heard: its log, and those who watch.</summary>
internal sealed class AttemptVoice(Action<string> log, Action<double, string> report)
{
    public void Log(string line) => log(line);

    public void Report(double share, string message)
    {
        report(share, message);
        log(message);
    }
}
