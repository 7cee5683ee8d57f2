using System.Runtime.InteropServices;

namespace Plumbline.Bench.Load;

/// <summary>Linux calls that .NET does not wrap: waiting for sockets with a time limit in nanoseconds, gentle signals.</summary>
internal static partial class Posix
{
    public const int Terminate = 15;
    private const int SetTimerSlack = 29;

    /// <summary>Lets this thread's waits end within a microsecond of their limit instead of the usual 50 (prctl(2), PR_SET_TIMERSLACK).</summary>
    public static void UseFineTimers()
    {
        if (prctl(SetTimerSlack, 1, 0, 0, 0) != 0)
            throw new InvalidOperationException($"prctl(PR_SET_TIMERSLACK) failed with errno {Marshal.GetLastPInvokeError()}.");
    }

    /// <returns>How many of <paramref name="descriptors"/> are ready; 0 after the time limit or a signal.</returns>
    public static int Poll(Span<PollDescriptor> descriptors, long nanoseconds)
    {
        const int Interrupted = 4;
        var limit = new TimeLimit(nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000);
        var ready = ppoll(descriptors, (nuint)descriptors.Length, limit, 0);
        if (ready < 0 && Marshal.GetLastPInvokeError() is var error && error != Interrupted)
            throw new InvalidOperationException($"ppoll failed with errno {error}.");
        return Math.Max(0, ready);
    }

    public static void Signal(int process, int signal) => _ = kill(process, signal);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int prctl(int option, nuint value, nuint third, nuint fourth, nuint fifth);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ppoll(Span<PollDescriptor> descriptors, nuint count, in TimeLimit limit, nint signals);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int process, int signal);

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly struct PollDescriptor(int descriptor, bool wantsToSend)
    {
        private const short In = 1, Out = 4;
        private readonly int _descriptor = descriptor;
        private readonly short _events = (short)(wantsToSend ? In | Out : In);
        private readonly short _answer;

        public int Descriptor => _descriptor;

        public bool IsReady => _answer != 0;

        public int Events => _events;
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct TimeLimit(long seconds, long nanoseconds)
    {
        public readonly long Seconds = seconds;
        public readonly long Nanoseconds = nanoseconds;
    }
}
