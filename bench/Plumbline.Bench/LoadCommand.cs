using System.Globalization;
using System.Text.Json;
using Plumbline.Bench.Load;

namespace Plumbline.Bench;

/// <summary>Posts texts at a fixed rate and prints one JSON line.</summary>
internal static class LoadCommand
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static Task<int> RunAsync(string[] args)
    {
        if (args.Length != 5)
            throw new ArgumentException("load takes URL RATE SECONDS CONNECTIONS TEXTS.");
        var url = new Uri(args[0]);
        var load = new OpenLoop(
            Requests.ServerOf(url), Requests.Build(url, args[4]),
            rate: double.Parse(args[1], CultureInfo.InvariantCulture),
            seconds: double.Parse(args[2], CultureInfo.InvariantCulture),
            connections: int.Parse(args[3], CultureInfo.InvariantCulture));
        var result = load.Run();
        Console.WriteLine(JsonSerializer.Serialize(result, SnakeCase));
        return Task.FromResult(result.Ok > 0 ? 0 : 1);
    }
}
