using Plumbline.Statistics;
using Plumbline.Tuning.Spaces;

namespace Plumbline.Tuning.Samplers;

internal sealed class CmaEsSuggester : ISuggester
{
    private const int MostRestarts = 9;

    private readonly CmaEsSampler _options;
    private readonly SearchSpace _space;
    private readonly IReadOnlyList<StudyDirection> _directions;
    private readonly int[] _numbers;
    private readonly ISuggester? _others;
    private readonly List<Observation> _generation = [];
    private CmaEs? _search;
    private Observation? _best;
    private int _restarts;
    private int _told;

    public CmaEsSuggester(CmaEsSampler options, SearchSpace space, IReadOnlyList<StudyDirection> directions)
    {
        (_options, _space, _directions) = (options, space, directions);
        _numbers = [.. Enumerable.Range(0, space.Parameters.Count).Where(i => space.Parameters[i] is { IsCategorical: false, When: null, Count: not 1 })];
        _others = _numbers.Length < space.Parameters.Count ? new TpeSampler().Begin(space, directions) : null;
        if (_numbers.Length > 0)
            _search = Search(Enumerable.Repeat(0.5, _numbers.Length));
    }

    public void Tell(Trial trial)
    {
        _others?.Tell(trial);
        var observation = new Observation(trial, _told++, _space, _directions);
        // A failed trial has no place in the order of losses; a pruned one has: behind the complete ones.
        if (_search is null || trial.State == TrialState.Failed || Array.Exists(_numbers, i => double.IsNaN(observation.Units[i])))
            return;
        if (_best is null || observation.CompareTo(_best) < 0)
            _best = observation;
        _generation.Add(observation);
        if (_generation.Count < _search.Population)
            return;
        _generation.Sort();
        _search.Update([.. _generation.Select(member => Array.ConvertAll(_numbers, i => member.Units[i]))], _generation[^1].Losses[0] - _generation[0].Losses[0]);
        _generation.Clear();
        if (!_search.IsOver || _restarts == MostRestarts)
            return;
        _restarts++;
        var random = RandomSource.Fork((ulong)_told, (ulong)_restarts);
        _search = Search(_numbers.Select(_ => random.NextDouble()));
    }

    public TrialParameters? Ask(int number, IReadOnlyList<TrialParameters> running, RandomSource random)
    {
        var units = _search?.Draw(random);
        var others = _others?.Ask(number, running, random);
        return _space.Build(i => units is not null && Array.IndexOf(_numbers, i) is >= 0 and var place
            ? _space.Parameters[i].FromUnit(units[place])
            : others is not null && others.TryGet(_space.Parameters[i].Name, out var value) ? value : _space.Parameters[i].FromUnit(random.NextDouble()));
    }

    private CmaEs Search(IEnumerable<double> mean) => new(
        [.. mean],
        _options.InitialSigma,
        (_options.Population ?? CmaEs.DefaultPopulation(_numbers.Length)) << _restarts,
        [.. _numbers.Select(i => _space.Parameters[i].UnitStep)]);
}
