namespace Plumbline.Monitoring.Alerts.Notifiers;

public enum NotifierKind
{
    Slack,

    Pagerduty,

    Webhook,

    Email,

    Alertmanager,
}
