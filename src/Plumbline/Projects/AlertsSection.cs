using Plumbline.Monitoring.Alerts;
using Plumbline.Monitoring.Alerts.Notifiers;

namespace Plumbline.Projects;

/// <summary>Reads <c>alerts</c>.</summary>
internal static class AlertsSection
{
    private const int MostName = 100;
    private const int MostPerMinute = 1000;

    /// <param name="folder">Paths are relative to it.</param>
    /// <param name="keys">Receives the path of every key that the section may have.</param>
    public static AlertOptions Read(YamlSection alerts, string folder, List<string> keys)
    {
        var defaults = new AlertOptions();
        var slo = alerts.Number<double>("slo") ?? defaults.Slo;
        if (!(slo is > 0 and < 1))
            throw alerts.Error("slo", FormattableString.Invariant($"is {slo}; it must be above 0 and below 1"));
        var perMinute = alerts.Number<int>("messages_per_minute") ?? defaults.MessagesPerMinute;
        if (perMinute is < 1 or > MostPerMinute)
            throw alerts.Error("messages_per_minute", $"is {perMinute}; it must be within 1 and {MostPerMinute}");
        var options = new AlertOptions
        {
            Slo = slo,
            Rules = ReadRules(alerts, slo, keys),
            Notifiers = ReadNotifiers(alerts, folder, keys),
            GroupWait = alerts.Duration("group_wait") ?? defaults.GroupWait,
            Repeat = alerts.Duration("repeat") is { } repeat && repeat <= TimeSpan.Zero ? throw alerts.Error("repeat", "must be above 0") : alerts.Duration("repeat") ?? defaults.Repeat,
            ResolveAfter = alerts.Duration("resolve_after") ?? defaults.ResolveAfter,
            MessagesPerMinute = perMinute,
        };
        alerts.Finish(keys);
        return options;
    }

    private static List<AlertRule> ReadRules(YamlSection alerts, double slo, List<string> keys)
    {
        var rules = DefaultRules.Of(slo).ToList();
        foreach (var section in alerts.Sections("rules"))
        {
            var name = NameOf(section);
            var at = rules.FindIndex(rule => rule.Name == name);
            var rule = ReadRule(section, name, at < 0 ? null : rules[at], rules);
            section.Finish(keys);
            if (at < 0)
                rules.Add(rule);
            else
                rules[at] = rule;
        }
        return rules;
    }

    private static string NameOf(YamlSection rule)
    {
        var name = rule.Text("name") ?? throw rule.Error("name", "is missing; every rule needs a name");
        return IsLabel(name) && name.Length <= MostName ? name : throw rule.Error("name", $"is '{Storage.MetadataText.Quote(name)}'; write 1 to {MostName} letters, digits and _, the first no digit");
    }

    /// <param name="known">The rule of that name; null: it is a new one.</param>
    private static AlertRule ReadRule(YamlSection section, string name, AlertRule? known, List<AlertRule> rules)
    {
        var (metric, above, below) = (section.Text("metric"), section.Number<double>("above"), section.Number<double>("below"));
        if (known is null && metric is null)
        {
            var advice = NearestName.Among(rules.Select(rule => rule.Name), name) is { } nearest ? $" Did you mean {nearest}?" : "";
            throw section.Error("metric", $"is missing; no rule is called {name} that could have one.{advice}");
        }
        if (known is not null && metric is not null && metric != known.Metric)
            throw section.Error("metric", $"is that of another rule than {name}; give the rule another name");
        if (above is not null && below is not null)
            throw section.Error("has both above and below; write one of them");
        if (known is null && above is null && below is null)
            throw section.Error("needs above or below");
        if (known is not null && (known.IsBelow ? above : below) is not null)
            throw section.Error(known.IsBelow ? "above" : "below", $"is not what {name} has; write {(known.IsBelow ? "below" : "above")}");
        var rule = known ?? new AlertRule(name, metric!, above ?? below!.Value, IsBelow: below is not null);
        return rule with
        {
            Limit = above ?? below ?? rule.Limit,
            Where = Labels(section, "where") ?? rule.Where,
            For = section.Duration("for") ?? rule.For,
            Severity = section.Choice<AlertSeverity>("severity") ?? rule.Severity,
            Labels = Labels(section, "labels") ?? rule.Labels,
            Why = section.Text("why") ?? rule.Why,
            Runbook = section.Text("runbook") ?? rule.Runbook,
            Enabled = section.Flag("enabled") ?? rule.Enabled,
        };
    }

    private static IReadOnlyDictionary<string, string>? Labels(YamlSection section, string key)
    {
        var labels = section.TextOfEach(key);
        return labels?.Keys.FirstOrDefault(label => !IsLabel(label)) is { } wrong
            ? throw section.Error(key, $"has the label '{Storage.MetadataText.Quote(wrong)}'; labels have letters, digits and _, the first no digit")
            : labels;
    }

    private static bool IsLabel(string name) => name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static List<NotifierOptions> ReadNotifiers(YamlSection alerts, string folder, List<string> keys)
    {
        var notifiers = new List<NotifierOptions>();
        foreach (var section in alerts.Sections("notifiers"))
        {
            var notifier = ReadNotifier(section, folder);
            section.Finish(keys);
            try
            {
                notifier.Validate();
            }
            catch (ArgumentException exception)
            {
                throw section.Error($"cannot be used: {exception.Message}");
            }
            if (notifiers.Any(other => other.Name == notifier.Name))
                throw section.Error("name", $"is {notifier.Name}, as that of another one");
            notifiers.Add(notifier);
        }
        return notifiers;
    }

    private static NotifierOptions ReadNotifier(YamlSection section, string folder)
    {
        var name = section.Text("name") ?? throw section.Error("name", "is missing; every notifier needs a name");
        var kind = section.Choice<NotifierKind>("kind") ?? throw section.Error("kind", "is missing; say what is notified");
        var keys = new Dictionary<NotifierKind, Secret?>
        {
            [NotifierKind.Pagerduty] = section.Secret("routing_key"),
            [NotifierKind.Webhook] = section.Secret("secret"),
            [NotifierKind.Email] = section.Secret("password"),
        };
        if (keys.FirstOrDefault(key => key.Key != kind && key.Value is not null) is { Value: not null } other)
            throw section.Error($"has the key of {other.Key.ToString().ToLowerInvariant()}, but is {kind.ToString().ToLowerInvariant()}");
        var url = section.Secret("url");
        return new NotifierOptions(name, kind)
        {
            Severity = section.Choice<AlertSeverity>("severity") ?? default,
            Address = AddressOf(section, kind, url),
            Key = keys.GetValueOrDefault(kind)?.Reveal(),
            Host = section.Text("host"),
            Port = section.Number<int>("port"),
            Security = section.Choice<SmtpSecurity>("security") ?? default,
            User = section.Text("user"),
            From = section.Text("from"),
            To = section.List("to") ?? [],
            CaFile = section.Text("ca_file") is { } file ? Path.Combine(folder, file) : null,
        };
    }

    private static Uri? AddressOf(YamlSection section, NotifierKind kind, Secret? url)
    {
        try
        {
            return url is not null ? NotifierOptions.ParseAddress(url.Reveal()) : kind == NotifierKind.Pagerduty ? new Uri(NotifierOptions.PagerDutyAddress) : null;
        }
        catch (ArgumentException exception)
        {
            throw section.Error("url", exception.Message);
        }
    }
}
