using System.Text.Json;
using Plumbline.Text;

namespace Plumbline.Learning.Explanations;

/// <summary>What moved one prediction. All is in log-odds: the label's score, calibrated by bias and temperature, less the mean of those of all other labels.</summary>
/// <param name="Label">Index of the label that is explained.</param>
/// <param name="LogOdds">Of the label; for two labels ln p ÷ (1 − p), where calibration is not isotonic.</param>
/// <param name="IsExact">Whether contributions are exact and sum up, or each is the change when its word or feature alone is left out.</param>
/// <param name="Contributions">The largest first, whatever their sign.</param>
/// <param name="Rest"><paramref name="LogOdds"/> less the sum of <paramref name="Contributions"/>: what is not listed, the intercept and class prior among it.</param>
public sealed record Explanation(int Label, double LogOdds, bool IsExact, IReadOnlyList<Contribution> Contributions, double Rest)
{
    /// <summary>Writes it as one JSON object, as docs/specs/http.md has it.</summary>
    /// <param name="label">Name of <see cref="Label"/>.</param>
    public void WriteTo(Utf8JsonWriter json, JsonEncodedText label)
    {
        json.WriteStartObject();
        json.WriteString("label"u8, label);
        json.WriteNumber("log_odds"u8, (float)LogOdds);
        json.WriteBoolean("exact"u8, IsExact);
        json.WriteStartArray("contributions"u8);
        foreach (var contribution in Contributions)
        {
            json.WriteStartObject();
            json.WriteString(contribution.Place is null ? "feature"u8 : "text"u8, contribution.Name);
            json.WriteNumber("log_odds"u8, (float)contribution.LogOdds);
            if (contribution.Place is { } place)
            {
                json.WriteNumber("start"u8, place.Start);
                json.WriteNumber("end"u8, place.End);
                json.WriteNumber("utf8_start"u8, place.Utf8Start);
                json.WriteNumber("utf8_end"u8, place.Utf8End);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber("rest"u8, (float)Rest);
        json.WriteEndObject();
    }
}

/// <summary>A word or feature that moved a prediction.</summary>
/// <param name="Name">The words as they stand in the text, or a numeric feature, or a categorical one with its value.</param>
/// <param name="LogOdds">How far; positive speaks for the label.</param>
/// <param name="Place">Where the words stand; null for a feature that is no word.</param>
public sealed record Contribution(string Name, double LogOdds, TextPlace? Place = null);
