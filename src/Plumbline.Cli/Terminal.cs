namespace Plumbline.Cli;

/// <summary>Where a command reads and writes: what machines read goes to <see cref="Out"/>, what people read to <see cref="Error"/>.</summary>
internal sealed class Terminal
{
    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    public Func<Stream> OpenInput { get; init; } = static () => Stream.Null;

    /// <summary>Bytes to the same place as <see cref="Out"/>.</summary>
    public Func<Stream> OpenOutput { get; init; } = static () => Stream.Null;

    /// <summary>Whether people's text is read as it comes, so that it may move and have colours.</summary>
    public bool IsInteractive { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public static Terminal OfProcess() => new()
    {
        Out = Console.Out,
        Error = Console.Error,
        OpenInput = Console.OpenStandardInput,
        OpenOutput = Console.OpenStandardOutput,
        IsInteractive = !Console.IsErrorRedirected,
    };
}
