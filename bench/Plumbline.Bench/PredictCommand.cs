using System.Diagnostics;
using System.Text.Json;
using Plumbline.Inference;

namespace Plumbline.Bench;

/// <summary>Text to probabilities in process, on one thread: the median of single calls, and bytes allocated.</summary>
internal static class PredictCommand
{
    private const int WarmUpRounds = 30;
    private const int Rounds = 20;

    public static Task<int> RunAsync(string[] args)
    {
        using var predictor = Predictor.Load(args[0]);
        var texts = File.ReadLines(args[1]).Select(line => JsonSerializer.Deserialize<string>(line)!)
            .Select(System.Text.Encoding.UTF8.GetBytes).ToArray();
        var probabilities = new float[predictor.Labels.Count];
        for (var round = 0; round < WarmUpRounds; round++)
            Round(predictor, texts, probabilities, []);
        var medians = new List<double>();
        var means = new List<double>();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Round(predictor, texts, probabilities, []);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        var laps = new double[texts.Length];
        for (var round = 0; round < Rounds; round++)
        {
            Round(predictor, texts, probabilities, laps);
            means.Add(laps.Average());
            Array.Sort(laps);
            medians.Add(laps[laps.Length / 2]);
        }
        // The best round is the one that other work on the machine disturbed least.
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            texts = texts.Length,
            mean_bytes = texts.Average(text => text.Length),
            labels = predictor.Labels.Count,
            ngram_features = predictor.Manifest.Contract.NgramFeatures,
            median_us = Math.Round(medians.Min(), 2),
            median_us_middle_round = Math.Round(medians.Order().ElementAt(Rounds / 2), 2),
            mean_us = Math.Round(means.Min(), 2),
            allocated_bytes = allocated,
        }));
        return Task.FromResult(0);
    }

    private static void Round(Predictor predictor, byte[][] texts, float[] probabilities, double[] laps)
    {
        for (var i = 0; i < texts.Length; i++)
        {
            var start = Stopwatch.GetTimestamp();
            predictor.Predict(texts[i], default, probabilities, default);
            if (laps.Length > 0)
                laps[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }
    }
}
