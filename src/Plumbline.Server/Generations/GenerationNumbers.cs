using Plumbline.Server.Telemetry;

namespace Plumbline.Server.Generations;

/// <summary>Numbers of generations, in turn: none is given while a generation that is loaded has it, since ids of predictions lead back by it to one version. Thread-safe.</summary>
internal sealed class GenerationNumbers
{
    private readonly HashSet<int> _taken = [];
    private int _next;

    public int Take()
    {
        lock (_taken)
        {
            // There is memory for no more generations than there are numbers.
            while (!_taken.Add(_next % RequestIds.Generations))
                _next++;
            return _next++ % RequestIds.Generations;
        }
    }

    /// <summary>The generation is freed.</summary>
    public void Return(int number)
    {
        lock (_taken)
            _taken.Remove(number);
    }
}
