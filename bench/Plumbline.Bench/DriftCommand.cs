using System.Diagnostics;
using MathNet.Numerics.Distributions;
using Plumbline.Learning;
using Plumbline.Monitoring;
using Plumbline.Tests.Learning;
using Plumbline.Tests.Monitoring;

namespace Plumbline.Bench;

/// <summary>What drift costs, and how well it is found.</summary>
internal static class DriftCommand
{
    private const int Requests = 1_000;

    public static Task<int> RunAsync(string[] args)
    {
        if (args is ["slice", ..])
            return DriftSliceCommand.RunAsync(args.Length > 1 ? long.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 20_000_000);
        var windows = args.Length > 0 ? int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 500;
        var model = Trainer.Train(GeneratedReviews.Data(5, 4_000), GeneratedReviews.Options);
        var traffic = new SimulatedTraffic(model);
        Cost(traffic);
        Report(traffic);
        var alarms = Count(windows, window => traffic.IsFound(traffic.Window((ulong)(10_000 + window), Requests)));
        Console.WriteLine($"still windows of {Requests:n0} in which anything is found: {alarms} of {windows} ({(double)alarms / windows:p1}, 95 % interval to {Beta.InvCDF(alarms + 1, windows - alarms, 0.975):p1})");
        foreach (var kind in SimulatedTraffic.Kinds)
        {
            foreach (var psi in new[] { 0.05, 0.1, 0.2 })
            {
                var strength = traffic.StrengthFor(kind, psi, 8_000);
                var some = Math.Max(20, windows / 5);
                var found = Count(some, window => traffic.IsFound(traffic.Window((ulong)(20_000 + window), Requests, kind, strength)));
                Console.WriteLine($"{kind,-12} PSI {psi:0.00} (strength {strength:0.000}): found in {found} of {some} first windows ({(double)found / some:p0})");
            }
        }
        return Task.FromResult(0);
    }

    private static int Count(int windows, Func<int, bool> holds) => Enumerable.Range(0, windows).AsParallel().Count(holds);

    /// <summary>Nanoseconds of an observation beside those of the prediction before it.</summary>
    private static void Cost(SimulatedTraffic traffic)
    {
        var (predict, both) = (double.PositiveInfinity, double.PositiveInfinity);
        for (var round = 0; round < 7; round++)
        {
            predict = Math.Min(predict, traffic.NanosecondsOf(100_000, observes: false));
            both = Math.Min(both, traffic.NanosecondsOf(100_000, observes: true));
        }
        Console.WriteLine($"a prediction {predict:n0} ns, and counted for drift {both:n0} ns: {both - predict:n0} ns more (best of 7 rounds of 100,000)");
    }

    /// <summary>A report over a year of hours, each of 11,416 requests: 100 million.</summary>
    private static void Report(SimulatedTraffic traffic)
    {
        var window = traffic.Window(3, 11_416);
        var bytes = window.ToBytes();
        var began = Stopwatch.GetTimestamp();
        var all = DriftSketch.MergeAll(Enumerable.Range(0, 365 * 24).Select(_ => DriftSketch.FromBytes(bytes)))!;
        var merged = Stopwatch.GetElapsedTime(began);
        var report = DriftReport.Of("reviews/1", traffic.Reference, all, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(1), DriftProfile.Default, []);
        Console.WriteLine($"report of {report.Requests:n0} requests: {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s, {merged.TotalSeconds:0.0} s of it to read and merge {365 * 24:n0} windows of {bytes.Length:n0} bytes");
    }
}
