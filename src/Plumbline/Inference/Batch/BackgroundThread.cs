using System.Runtime.InteropServices;

namespace Plumbline.Inference.Batch;

/// <summary>
/// Threads that get what processor time others leave. .NET's own priorities have no effect on Linux, where each thread has a nice value (setpriority(2)); threads
/// that it starts, such as an engine's, inherit it.
/// </summary>
public static partial class BackgroundThread
{
    private const int Process = 0;
    private const int LeastPriority = 19;

    /// <returns>Ends when <paramref name="work"/> does, as it does.</returns>
    public static Task Run(string name, Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var thread = new Thread(() =>
        {
            // 0 means the calling thread.
            if (OperatingSystem.IsLinux())
                _ = SetPriority(Process, 0, LeastPriority);
            try
            {
                work();
                done.SetResult();
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        })
        {
            IsBackground = true,
            Name = name,
            Priority = ThreadPriority.Lowest,
        };
        thread.Start();
        return done.Task;
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);
}
