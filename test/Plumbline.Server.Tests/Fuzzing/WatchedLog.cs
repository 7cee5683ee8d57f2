using System.Collections.Concurrent;
using System.Text;

namespace Plumbline.Server.Tests.Fuzzing;

/// <summary>A server's log of which only the lines stay that must not be there: errors, stack traces, texts.</summary>
internal sealed class WatchedLog : TextWriter
{
    private static readonly string[] Forbidden = ["\"level\":\"error\"", "\"level\":\"critical\"", "   at ", ValidRequests.Secret];

    public override Encoding Encoding => Encoding.UTF8;

    public ConcurrentQueue<string> Faults { get; } = new();

    public override void Write(char value)
    {
        // Lines come whole.
    }

    public override void Write(string? value)
    {
        if (value is not null && Forbidden.Any(forbidden => value.Contains(forbidden, StringComparison.OrdinalIgnoreCase)))
            Faults.Enqueue(value);
    }

    public override void WriteLine(string? value) => Write(value);
}
