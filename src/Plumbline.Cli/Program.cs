using Plumbline.Cli;

using var interrupt = new Interrupt();
return await CommandLine.RunAsync(args, Terminal.OfProcess(), interrupt.Token);
