using Plumbline.Text;

namespace Plumbline.Projects;

/// <summary>Names of the tokeniser's options, in <c>plumbline.yaml</c> and on the command line.</summary>
public enum TokenKind
{
    Urls,
    Numbers,
    RepeatedLetters,
    Contractions,
    NegationScope,
}

public static class TokenKinds
{
    public static TokenOptions ToOptions(this IReadOnlyCollection<TokenKind> kinds) => new(
        kinds.Contains(TokenKind.Urls), kinds.Contains(TokenKind.Numbers), kinds.Contains(TokenKind.RepeatedLetters),
        kinds.Contains(TokenKind.Contractions), kinds.Contains(TokenKind.NegationScope));
}
