namespace Plumbline.Text;

/// <summary>
/// What the tokeniser does beyond its default, which is: lower case, then every match of one RE2 expression
/// (<see cref="TokenExpression"/>). A contract with any of these set can be served here but not exported to ONNX.
/// </summary>
/// <param name="Urls">A URL becomes the one token <c>url</c>.</param>
/// <param name="Numbers">A run of digits becomes the one token <c>0</c>.</param>
/// <param name="RepeatedLetters">Three or more of the same letter become two ("soooo" → "soo").</param>
/// <param name="Contractions">English "n't" becomes the word "not" ("don't" → "do not").</param>
/// <param name="NegationScope">Words after an English negator are prefixed "not_" up to the end of the clause (Das &amp; Chen 2001).</param>
public sealed record TokenOptions(
    bool Urls = false, bool Numbers = false, bool RepeatedLetters = false, bool Contractions = false, bool NegationScope = false)
{
    /// <summary>True where lower case and one expression say it all, so that an ONNX graph can do the same.</summary>
    public bool IsOnnxExpressible => !(Urls || Numbers || RepeatedLetters || Contractions || NegationScope);
}
