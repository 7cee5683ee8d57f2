namespace Plumbline.Monitoring.Alerts;

/// <summary>Puts notices together that go into one message: of one rule and event.</summary>
internal static class NoticeGroups
{
    /// <param name="notices">In the order of their numbers.</param>
    /// <param name="most">Notices of a group.</param>
    /// <returns>In the order of their last numbers, which is that of the notices of each alert, too: none joins a group that one before it of the same alert would come after then.</returns>
    public static IReadOnlyList<IReadOnlyList<AlertNotice>> Of(IEnumerable<AlertNotice> notices, int most)
    {
        var (all, open) = (new List<Group>(), new List<Group>());
        foreach (var notice in notices)
        {
            var alert = notice.Alert;
            open.RemoveAll(group => group.Event != notice.Event && group.Alerts.Contains(alert.DedupKey));
            if (open.Find(group => group.Rule == alert.Rule && group.Event == notice.Event) is not { } group)
            {
                group = new Group(alert.Rule, notice.Event);
                all.Add(group);
                open.Add(group);
            }
            group.Notices.Add(notice);
            group.Alerts.Add(alert.DedupKey);
            if (group.Notices.Count == most)
                open.Remove(group);
        }
        return [.. all.Select(group => group.Notices).OrderBy(group => group[^1].Notice)];
    }

    private sealed class Group(string rule, AlertEvent happened)
    {
        public string Rule => rule;

        public AlertEvent Event => happened;

        public List<AlertNotice> Notices { get; } = [];

        /// <summary>By their dedup keys.</summary>
        public HashSet<string> Alerts { get; } = new(StringComparer.Ordinal);
    }
}
