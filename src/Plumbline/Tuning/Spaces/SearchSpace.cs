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

    /// <summary>The values of <paramref name="given"/> that can be tried in this space, such as those of an earlier study: known, allowed, and active by the others kept.</summary>
    public TrialParameters Fitting(TrialParameters given)
    {
        var values = new ParameterValue?[Parameters.Count];
        for (var i = 0; i < values.Length; i++)
        {
            if (given.TryGet(Parameters[i].Name, out var value) && Parameters[i].TryAccept(value, out value) && IsActive(i, values))
                values[i] = value;
        }
        return ToTrial(values);
    }

    /// <summary>A whole trial: the values of <paramref name="given"/>, where they miss those of <paramref name="suggested"/>, and where those miss random ones.</summary>
    /// <param name="given">As <see cref="Check"/> allows.</param>
    internal TrialParameters Complete(TrialParameters given, TrialParameters suggested, RandomSource random) => Build(i =>
    {
        var parameter = Parameters[i];
        if (given.TryGet(parameter.Name, out var value) && parameter.TryAccept(value, out value))
            return value;
        return suggested.TryGet(parameter.Name, out value) ? value : parameter.FromUnit(random.NextDouble());
    });

    /// <exception cref="ArgumentException">A parameter is unknown, its value not allowed, or it is not active by the values given; the message begins with its name.</exception>
    internal void Check(TrialParameters given)
    {
        var fitting = Fitting(given);
        foreach (var (name, value) in given.Values)
        {
            var index = IndexOf(name);
            if (index == Parameters.Count)
                throw new ArgumentException($"{name}: there is no such parameter; there are {string.Join(", ", Parameters.Select(parameter => parameter.Name))}.");
            var parameter = Parameters[index];
            if (!parameter.TryAccept(value, out _))
                throw parameter.Invalid($"'{value}' is not one of its values, {parameter.Describe()}.");
            if (!fitting.TryGet(name, out _))
                throw parameter.Invalid($"it has a value, but is only part of trials where '{parameter.When!.Parent}' is one of {string.Join(", ", parameter.When.Values)}; give that one such a value, or leave this one out.");
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
