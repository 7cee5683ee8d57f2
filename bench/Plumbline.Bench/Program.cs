using Plumbline.Bench;

var commands = new Dictionary<string, (string Usage, Func<string[], Task<int>> Run)>(StringComparer.Ordinal)
{
    ["generate"] = ("ROWS [THREADS] [FILE|-]    rows/s, MB/s and types of the review generator", GenerateCommand.RunAsync),
};

if (args.Length > 0 && commands.TryGetValue(args[0], out var command))
    return await command.Run(args[1..]);

Console.Error.WriteLine("usage: Plumbline.Bench COMMAND ...");
foreach (var (name, (usage, _)) in commands)
    Console.Error.WriteLine($"  {name,-13} {usage}");
return 2;
