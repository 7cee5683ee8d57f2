namespace Plumbline.Cli.Predictions;

/// <summary>How answers are written.</summary>
internal enum AnswerFormat
{
    Csv,
    Jsonl,
}
