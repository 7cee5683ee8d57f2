using System.Text.Json.Serialization;
using Plumbline.Statistics;

namespace Plumbline.Tuning.Spaces;

/// <summary>
/// The hyperparameters of a study, parents before the parameters that depend on them: a tree, as each condition names one parent. Immutable.
/// </summary>
public sealed class SearchSpace
{
    private readonly int[] _parents;

    /// <exception cref="ArgumentException">A parameter cannot be; the message begins with its name.</exception>
    [JsonConstructor]
    public SearchSpace(IReadOnlyList<Parameter> parameters)
    {
        Parameters = [.. parameters];
        _parents = new int[Parameters.Count];
        for (var i = 0; i < Parameters.Count; i++)
        {
            var parameter = Parameters[i];
            if (string.IsNullOrWhiteSpace(parameter.Name))
                throw new ArgumentException($"The parameter at place {i + 1} has no name.");
            if (IndexOf(parameter.Name) < i)
                throw parameter.Invalid("two parameters have this name; rename one.");
            parameter.Validate();
            _parents[i] = parameter.When is { } condition ? Parent(parameter, condition, i) : -1;
        }
        Groups = [.. Enumerable.Range(0, Parameters.Count).GroupBy(i => Parameters[i].When).Select(group => group.ToArray())];
    }

    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Indexes of parameters that are always active together, as they have one condition; in the order of their first.</summary>
    [JsonIgnore]
    internal IReadOnlyList<int[]> Groups { get; }

    /// <summary>Whether a parameter is part of a trial with these values of the parameters before it.</summary>
    internal bool IsActive(int index, IReadOnlyList<ParameterValue?> values) =>
        _parents[index] < 0 || (values[_parents[index]] is { } value && Parameters[index].When!.Values.Contains(value));

    /// <summary>The parameters of a trial, each active one drawn by <paramref name="draw"/> from its index, in order.</summary>
    internal TrialParameters Build(Func<int, ParameterValue> draw)
    {
        var values = new ParameterValue?[Parameters.Count];
        for (var i = 0; i < values.Length; i++)
        {
            if (IsActive(i, values))
                values[i] = draw(i);
        }
        return ToTrial(values);
    }

    /// <summary>The parameters of a trial from a value for each index, null where inactive.</summary>
    internal TrialParameters ToTrial(IReadOnlyList<ParameterValue?> values) => new(
        Enumerable.Range(0, values.Count).Where(i => values[i].HasValue).Select(i => KeyValuePair.Create(Parameters[i].Name, values[i]!.Value)));

    /// <summary>The place of each parameter in [0, 1]; NaN where the trial does not have it, or a value that the space has not.</summary>
    internal double[] ToUnit(TrialParameters parameters)
    {
        var units = new double[Parameters.Count];
        for (var i = 0; i < units.Length; i++)
            units[i] = parameters.TryGet(Parameters[i].Name, out var given) && Parameters[i].TryAccept(given, out var value) ? Parameters[i].ToUnit(value) : double.NaN;
        return units;
    }

    internal TrialParameters Draw(RandomSource random) => Build(i => Parameters[i].FromUnit(random.NextDouble()));

    /// <summary>The values of <paramref name="given"/> that the space knows and allows: what of an earlier study can be tried in this one.</summary>
    public TrialParameters Fitting(TrialParameters given) => new(Parameters
        .Where(parameter => given.TryGet(parameter.Name, out var value) && parameter.TryAccept(value, out _))
        .Select(parameter => KeyValuePair.Create(parameter.Name, given[parameter.Name])));

    /// <summary>A whole trial: the values of <paramref name="given"/>, where they miss those of <paramref name="suggested"/>, and where those miss random ones.</summary>
    /// <exception cref="ArgumentException">A given value is not allowed, or its parameter is unknown or inactive; the message begins with its name.</exception>
    internal TrialParameters Complete(TrialParameters given, TrialParameters suggested, RandomSource random)
    {
        Check(given);
        var whole = Build(i =>
        {
            var parameter = Parameters[i];
            if (given.TryGet(parameter.Name, out var value) && parameter.TryAccept(value, out value))
                return value;
            return suggested.TryGet(parameter.Name, out value) ? value : parameter.FromUnit(random.NextDouble());
        });
        return given.Values.FirstOrDefault(pair => !whole.TryGet(pair.Key, out _)).Key is { } inactive
            ? throw new ArgumentException($"{inactive}: it has a value but is not part of a trial with {whole}; leave it out or give its parent another value.")
            : whole;
    }

    /// <exception cref="ArgumentException">A value is not allowed, or its parameter is unknown; the message begins with its name.</exception>
    internal void Check(TrialParameters given)
    {
        foreach (var (name, value) in given.Values)
        {
            var index = IndexOf(name);
            if (index == Parameters.Count)
                throw new ArgumentException($"{name}: there is no such parameter; there are {string.Join(", ", Parameters.Select(parameter => parameter.Name))}.");
            if (!Parameters[index].TryAccept(value, out _))
                throw Parameters[index].Invalid($"'{value}' is not one of its values, {Parameters[index].Describe()}.");
        }
    }

    private int Parent(Parameter parameter, Condition condition, int before)
    {
        var parent = IndexOf(condition.Parent);
        if (parent >= before)
            throw parameter.Invalid($"it depends on '{condition.Parent}', which does not stand before it.");
        if (Parameters[parent].Count is null)
            throw parameter.Invalid($"it depends on '{condition.Parent}', which is a continuum; depend on a categorical or stepped parameter.");
        if (condition.Values.Count == 0)
            throw parameter.Invalid($"it depends on '{condition.Parent}' but names no value of it.");
        foreach (var value in condition.Values)
        {
            if (!Parameters[parent].TryAccept(value, out var accepted) || accepted != value)
                throw parameter.Invalid($"it depends on '{condition.Parent}' being '{value}', which is not one of its values, {Parameters[parent].Describe()}.");
        }
        return parent;
    }

    private int IndexOf(string name)
    {
        var index = 0;
        while (index < Parameters.Count && Parameters[index].Name != name)
            index++;
        return index;
    }
}
