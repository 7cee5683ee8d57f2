namespace Plumbline.Learning.LightGbm;

/// <summary>LightGBM refused a call; the message says what was asked and why it failed.</summary>
public sealed class LightGbmException(string message) : Exception(message);
