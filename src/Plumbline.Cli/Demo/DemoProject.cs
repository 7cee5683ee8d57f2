using System.Globalization;
using System.Text;
using Plumbline.Projects;

namespace Plumbline.Cli.Demo;

/// <summary>The demonstration's <c>plumbline.yaml</c>: a project like any other, with windows and pauses of seconds where others have hours.</summary>
internal static class DemoProject
{
    public const string Model = "reviews";
    public const string TrainingFile = "training.jsonl";

    /// <param name="webhook">Where alerts go.</param>
    /// <param name="labels">That are waited for before a retraining begins.</param>
    public static void Write(string folder, Uri webhook, long labels) => File.WriteAllText(Path.Combine(folder, Project.FileName), Text(webhook, labels), new UTF8Encoding(false));

    private static string Text(Uri webhook, long labels) => string.Create(CultureInfo.InvariantCulture, $$"""
        project: {{Model}}
        data:
          path: {{TrainingFile}}
          text: text
          label: label
          time: time
        server:
          port: 0
          poll_seconds: 0.5
          measure_seconds: 2
          prediction_log:
            text: true
          drift:
            period_seconds: 5
        rollout:
          kind: canary
          unit: request
          gates:
            - {kind: error_rate, most: 0.5, least_samples: 20}
            - {kind: accuracy, margin: 0.1, least_samples: 100}
          steps:
            - {weight: 0.2, duration: 5s}
            - {weight: 0.5, duration: 5s}
        retraining:
          mode: auto
          profile: default
          every: 5s
          cool_down: 1h
          data:
            wait_for_labels: {{labels}}
            window: 1h
            held_out: 0.3
            least_labels: 200
        alerts:
          group_wait: 1s
          rules:
            - {name: PlumblineDrift, for: 0s}
          notifiers:
            - {name: demo, kind: webhook, url: "{{webhook}}"}

        """);
}
