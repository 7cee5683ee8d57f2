namespace Plumbline.Tuning.Samplers;

/// <summary>Observations of several objectives, the best first: by front, within a front the less crowded first, of equal ones the older; those that are not complete last.</summary>
internal static class ParetoOrder
{
    public static IEnumerable<Observation> Of(IReadOnlyList<Observation> observations)
    {
        var complete = observations.Where(observation => observation.State == TrialState.Complete).ToArray();
        var losses = complete.Select(observation => observation.Losses).ToArray();
        foreach (var front in NonDominatedSort.Fronts(losses))
        {
            var distances = CrowdingDistance.Of(front, losses);
            foreach (var place in Enumerable.Range(0, front.Length).OrderByDescending(place => distances[place]))
                yield return complete[front[place]];
        }
        foreach (var other in observations.Where(observation => observation.State != TrialState.Complete).Order())
            yield return other;
    }
}
