using Plumbline.Monitoring.Alerts;
using Plumbline.Monitoring.Alerts.Notifiers;
using Plumbline.Projects;
using Plumbline.Tests.Storage;

namespace Plumbline.Tests.Projects;

public sealed class AlertsSectionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Read_Nothing_TheDefaultRulesAndNobodyToTell()
    {
        var options = Read("{}");
        options.Rules.Select(rule => rule.Name).ShouldBe(DefaultRules.Of(0.999).Select(rule => rule.Name));
        options.Notifiers.ShouldBeEmpty();
        options.Rules.ShouldAllBe(rule => rule.Why.Length > 0 && rule.Runbook != null && rule.Enabled);
    }

    [Fact]
    public void Read_RulesAndNotifiers_AsTheyStand()
    {
        File.WriteAllText(_folder.File("slack.url"), "https://hooks.slack.com/services/T0/B0/hidden\n");
        File.WriteAllText(_folder.File("key"), "0123456789abcdef0123456789abcdef");
        var options = Read("""
            slo: 0.99
            group_wait: 5s
            repeat: 1h
            resolve_after: 2m
            messages_per_minute: 5
            rules:
              - {name: PlumblineDrift, above: 1, for: 1h, severity: critical, labels: {team: a}}
              - {name: PlumblineTextDrift, enabled: false}
              - {name: PriceDrift, metric: plumbline_drift_psi, where: {feature: price}, above: 0.3, for: 30m, severity: info, why: "{feature} {value}", runbook: here}
            notifiers:
              - {name: chat, kind: slack, url: {file: slack.url}}
              - {name: duty, kind: pagerduty, routing_key: {file: key}, severity: critical}
              - {name: hook, kind: webhook, url: "https://ops.example/a", secret: {file: key}}
              - {name: post, kind: email, host: smtp.example, user: u, password: {file: key}, from: a@example.org, to: [b@example.org], ca_file: ca.pem}
              - {name: am, kind: alertmanager, url: "http://alertmanager:9093"}
            """);
        (options.Slo, options.GroupWait, options.Repeat, options.ResolveAfter, options.MessagesPerMinute).ShouldBe((0.99, TimeSpan.FromSeconds(5), TimeSpan.FromHours(1), TimeSpan.FromMinutes(2), 5));
        var drift = options.Rules.Single(rule => rule.Name == "PlumblineDrift");
        (drift.Limit, drift.For, drift.Severity, drift.Labels["team"], drift.Metric).ShouldBe((1, TimeSpan.FromHours(1), AlertSeverity.Critical, "a", "plumbline_drift_severity"));
        options.Rules.Single(rule => rule.Name == "PlumblineTextDrift").Enabled.ShouldBeFalse();
        var price = options.Rules[^1];
        (price.Name, price.Limit, price.IsBelow, price.Where["feature"], price.Explain(new Dictionary<string, string> { ["feature"] = "price" }, 0.41)).ShouldBe(("PriceDrift", 0.3, false, "price", "price 0.41"));
        PrometheusRules.Write(options).ShouldContain("plumbline:failures:ratio_rate1h / 0.01 > 14.4");
        options.Notifiers.Select(notifier => (notifier.Kind, notifier.Severity)).ShouldBe(
        [
            (NotifierKind.Slack, AlertSeverity.Info), (NotifierKind.Pagerduty, AlertSeverity.Critical), (NotifierKind.Webhook, AlertSeverity.Info), (NotifierKind.Email, AlertSeverity.Info),
            (NotifierKind.Alertmanager, AlertSeverity.Info),
        ]);
        options.Notifiers[1].Address.ShouldBe(new Uri("https://events.pagerduty.com/v2/enqueue"));
        options.Notifiers[3].CaFile.ShouldBe(_folder.File("ca.pem"));
        var shown = string.Join(' ', options.Notifiers) + System.Text.Json.JsonSerializer.Serialize(options.Notifiers);
        shown.ShouldNotContain("hidden");
        shown.ShouldNotContain("0123456789abcdef");
    }

    [Theory]
    [InlineData("{slo: 1}", "alerts.slo is 1; it must be above 0 and below 1")]
    [InlineData("{messages_per_minute: 0}", "alerts.messages_per_minute is 0")]
    [InlineData("{repeat: 0s}", "alerts.repeat must be above 0")]
    [InlineData("{rules: [{for: 1m}]}", "alerts.rules[0].name is missing")]
    [InlineData("{rules: [{name: 'a b', metric: m, above: 1}]}", "alerts.rules[0].name is 'a b'")]
    [InlineData("{rules: [{name: PlumblineDrif, for: 1m}]}", "Did you mean PlumblineDrift?")]
    [InlineData("{rules: [{name: A, metric: m}]}", "alerts.rules[0] needs above or below")]
    [InlineData("{rules: [{name: A, metric: m, above: 1, below: 2}]}", "alerts.rules[0] has both above and below")]
    [InlineData("{rules: [{name: PlumblineDrift, below: 2}]}", "alerts.rules[0].below is not what PlumblineDrift has; write above")]
    [InlineData("{rules: [{name: PlumblineDrift, metric: m}]}", "alerts.rules[0].metric is that of another rule")]
    [InlineData("{rules: [{name: A, metric: m, above: 1, labels: {'a-b': c}}]}", "alerts.rules[0].labels has the label 'a-b'")]
    [InlineData("{rules: [{name: A, metric: m, above: 1, severity: bad}]}", "not one of info, warning, critical")]
    [InlineData("{notifiers: [{kind: slack}]}", "alerts.notifiers[0].name is missing")]
    [InlineData("{notifiers: [{name: a}]}", "alerts.notifiers[0].kind is missing")]
    [InlineData("{notifiers: [{name: a, kind: fax}]}", "not one of slack, pagerduty, webhook, email, alertmanager")]
    [InlineData("{notifiers: [{name: a, kind: slack}]}", "alerts.notifiers[0] cannot be used: url is missing")]
    [InlineData("{notifiers: [{name: a, kind: slack, url: 'http://hooks.example/hidden'}]}", "url must begin with https")]
    [InlineData("{notifiers: [{name: a, kind: slack, url: 'ftp://hooks.example/hidden'}]}", "alerts.notifiers[0].url is no address such as")]
    [InlineData("{notifiers: [{name: a, kind: webhook, url: 'https://user:hidden@hooks.example'}]}", "alerts.notifiers[0].url is no address such as")]
    [InlineData("{notifiers: [{name: a, kind: webhook, url: 'http://169.254.169.254/latest'}]}", "alerts.notifiers[0].url is a link-local address")]
    [InlineData("{notifiers: [{name: a, kind: webhook, url: 'https://a.example', secret: short}]}", "secret has fewer than 24 bytes")]
    [InlineData("{notifiers: [{name: a, kind: webhook, url: 'https://a.example', secret: whsec_hidden}]}", "secret is no base64")]
    [InlineData("{notifiers: [{name: a, kind: webhook, url: 'https://a.example', password: hidden}]}", "has the key of email, but is webhook")]
    [InlineData("{notifiers: [{name: a, kind: pagerduty}]}", "routing_key is missing")]
    [InlineData("{notifiers: [{name: a, kind: email, from: a@b.example, to: [c@d.example]}]}", "host is missing")]
    [InlineData("{notifiers: [{name: a, kind: email, host: h, from: a@b.example}]}", "to is missing")]
    [InlineData("{notifiers: [{name: a, kind: email, host: h, from: 'a b c', to: [c@d.example]}]}", "from is missing or no e-mail address")]
    [InlineData("{notifiers: [{name: a, kind: email, host: h, user: u, from: a@b.example, to: [c@d.example]}]}", "user and password go together")]
    [InlineData("{notifiers: [{name: a, kind: email, host: h, security: none, user: u, password: hidden, from: a@b.example, to: [c@d.example]}]}", "a password is sent over TLS only")]
    [InlineData("{notifiers: [{name: a, kind: alertmanager, url: 'http://a:1'}, {name: a, kind: alertmanager, url: 'http://b:1'}]}", "alerts.notifiers[1].name is a, as that of another one")]
    public void Read_WhatCannotBe_RefusedByItsKeyAndWithoutSecrets(string alerts, string message)
    {
        var refused = Should.Throw<ProjectException>(() => Read(alerts)).Message;
        refused.ShouldContain(message);
        refused.ShouldNotContain("hidden");
    }

    private AlertOptions Read(string alerts)
    {
        var yaml = alerts.StartsWith('{') ? $"alerts: {alerts}" : $"alerts:\n{string.Join('\n', alerts.Split('\n').Select(line => $"  {line}"))}";
        return ProjectReader.Read(_folder.File("plumbline.yaml"), new StringReader(yaml), []).Alerts;
    }
}
