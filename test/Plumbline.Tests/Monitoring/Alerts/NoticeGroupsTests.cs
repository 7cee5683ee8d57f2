using FsCheck.Xunit;
using Plumbline.Monitoring.Alerts;

namespace Plumbline.Tests.Monitoring.Alerts;

public sealed class NoticeGroupsTests
{
    private const int Alerts = 6;

    [Property(MaxTest = 300)]
    public void Of_AnyNotices_AreAllThereAndOfEachAlertInTheirOrder(byte[] drawn, byte size)
    {
        var most = (size % 4) + 1;
        AlertNotice[] notices = [.. drawn.Select((value, i) => new AlertNotice(i + 1, (AlertEvent)(value % 4), SampleAlerts.Begin, Of(value / 4 % Alerts)))];
        var groups = NoticeGroups.Of(notices, most);
        groups.SelectMany(group => group).Select(notice => notice.Notice).Order().ShouldBe(notices.Select(notice => notice.Notice));
        groups.ShouldAllBe(group => group.Count <= most && group.All(notice => notice.Event == group[0].Event && notice.Alert.Rule == group[0].Alert.Rule));
        groups.Select(group => group[^1].Notice).ShouldBeInOrder();
        foreach (var alert in groups.SelectMany(group => group).GroupBy(notice => notice.Alert.DedupKey))
            alert.Select(notice => notice.Notice).ShouldBeInOrder();
    }

    [Fact]
    public void Of_NoticesOfSeveralAlerts_GoTogether()
    {
        AlertNotice[] notices = [.. Enumerable.Range(0, 5).Select(i => new AlertNotice(i + 1, AlertEvent.Firing, SampleAlerts.Begin, Of(i * 2)))];
        NoticeGroups.Of(notices, 3).Select(group => group.Count).ShouldBe([3, 2]);
    }

    private static Alert Of(int number) => SampleAlerts.Alert($"{number}") with { Rule = $"Rule{number % 2}" };
}
