using System.IO.Hashing;
using System.Text;

namespace Plumbline.Pipelines.Runs;

/// <summary>Of the random numbers of a node's tasks: the same for a run and a node.</summary>
internal static class TaskSeed
{
    public static ulong Of(string run, string node) => XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"{run}/{node}"));
}
